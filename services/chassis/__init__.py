"""Serve typed RPCs: everything that a gRPC service here needs, and not one domain word.

A service is wired in its `__main__`, and nowhere else::

    settings = config.load(Settings)             # a sentence per missing, wrong or weak variable, then exit 2
    logs.configure(settings)
    house = House.of(settings, "form4")          # who we are to the others, and by whose tokens we are called
    sessions = Sessions(settings)                # reads: psycopg 3, autocommit, read-only; writes: one transaction each
    servicer = Form4Servicer(sessions, PageTokens(settings))
    server = Server(settings, {"sectracker.form4.v1.Form4Service": servicer}, house)   # callers are limited
    server.loops.every(60, directory.refresh)    # a named background loop: errors are logged, SIGTERM ends it
    server.run()                                 # serves until SIGTERM, drains, returns

`config`    `class Settings(ServiceSettings, IdentitySettings, LimitSettings, DatabaseSettings, env_prefix="FORM4_")`:
            fields without an alias get the prefix (FORM4_DATABASE_URL), shared ones have none (LISTEN_PORT). Workers
            take `QueueSettings` too, `migrate` takes `MigrateSettings` alone. In production a field of type `Secret`
            has to hold one.

A servicer is a class with the RPCs' names. It gets a request that is parsed, free of NUL and valid by the rules in the
proto, from a caller who may call (option `access`); it returns a message or raises::

    def GetSummary(self, request: GetSummaryRequest, context: ServicerContext) -> GetSummaryResponse:
        with self.sessions.read() as session:
            return mapping.summary(repository.summary(session, Ticker(request.ticker), request.days))

`errors`    A refusal is a class, raised from anywhere; only the interceptor sets a status. Anything else that is raised
            is logged with its traceback and leaves as INTERNAL with a request id::

                class TickerUnknown(ServiceError):
                    code, reason = grpc.StatusCode.NOT_FOUND, "TICKER_UNKNOWN"
                    sentence = "No company has the ticker {ticker}."

                raise TickerUnknown(ticker=ticker)          # keywords are ErrorInfo.metadata and fill the sentence
                raise InvalidField("end_date", "must not be before start_date")

`db`        `with sessions() as session:` is one transaction, committed at its end, rolled back by an error.
            `with sessions.read() as session:` is read-only and autocommit. Models stand on
            `class Base(DeclarativeBase): metadata = new_metadata()`. A hot read is compiled once, at import::

                class Line(NamedTuple): ...                 # fields in the order of the statement's columns
                LINES = Prepared(select(T.date, T.shares).where(T.cik == bindparam("cik")), Line)
                lines = LINES.rows(session, cik=cik)        # list[Line]; lists are `T.cik == any_(bindparam("ciks"))`

`paging`    A position is a NamedTuple of int, str, bool, date, datetime or Decimal; a token is bound to its request::

                after = self.tokens.read(request, Position)          # None on the first page; InvalidPageToken
                response.next_page_token = self.tokens.write(request, Position(...))

`cache`     An RPC with the option `shared_answer` is answered from bytes for its lifetime, and has a sibling for REST,
            `<Service>Rest/<Method>`, that returns google.api.HttpBody with the JSON that Envoy would have printed.
`house`     What a process knows of the others: its own token, whose tokens it takes, how many calls a caller has had.
            `CompanyServiceStub(house.channel(settings.filings_address, "sectracker.filings.v1.CompanyService"))` says
            with each call which service calls, and in a user's call for whom. A server runs the house's loops with its
            own; what only calls says `house.start()` and `house.stop()`. auth makes a house of its own tables.
`identity`  `current_caller()` is who calls: kind, user_id, login_id, name of a service, address. Tokens are judged in
            `tokens` by what `trust` knows from auth (ADR 12); nobody passes a user's id on.
`limits`    Settings with `LimitSettings` have every call counted, for its user or its address, by LIMITS, and by
            LIMIT_TRACK too where the contract says `named_limit: "track"`; RPCs for services, and `unlimited` ones, are
            not. A servicer does nothing for it. What is counted otherwise, as guesses of passwords are, asks
            `limiter.counters` with quotas of its own (ADR 14).
`broker`    `new_broker(settings, "filings")` before the actors' module is imported; `run_worker(settings, broker, …)`.
`migrate`   `migrate.run("services.form4", MigrationSettings)` is the command; a service holds `models.Base` and
            `migrations/versions/*.py` only.
`logs`      `log = logs.get_logger(__name__)`; `log.info("filing stored", accession_number=…)`: one JSON object a line.
"""
