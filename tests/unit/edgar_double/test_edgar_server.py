"""The small EDGAR serves what the SEC's hosts serve, in their forms."""

import gzip
import json
from typing import Any

import aiohttp
import pytest
from lxml import etree

from tests.edgar import SmallEdgar, small_edgar

DECLARED = {"User-Agent": "Sec-Tracker tests admin@example.com"}
ATOM = "{http://www.w3.org/2005/Atom}"
CURRENT = "/cgi-bin/browse-edgar?action=getcurrent&owner=only&output=atom"
SPLIT_DAY = "/Archives/edgar/data/1318605/000089924322015989"


async def get_json(session: aiohttp.ClientSession, url: str) -> Any:
    """Get JSON and insist on success."""
    async with session.get(url) as response:
        assert response.status == 200, url
        return await response.json()


async def get_text(session: aiohttp.ClientSession, url: str) -> str:
    """Get text and insist on success."""
    async with session.get(url) as response:
        assert response.status == 200, url
        return await response.text()


async def test_ticker_files_agree(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """Both ticker files tell the same companies, each in its form."""
    rows = await get_json(session, edgar.url + "/files/company_tickers.json")
    table = await get_json(session, edgar.url + "/files/company_tickers_exchange.json")
    assert table["fields"] == ["cik", "name", "ticker", "exchange"]
    assert [(row["cik_str"], row["title"], row["ticker"]) for row in rows.values()] == [
        (cik, name, ticker) for cik, name, ticker, _ in table["data"]
    ]
    assert {"AAPL", "BRK-B", "U"} <= {row["ticker"] for row in rows.values()}


async def test_listing_has_older_pages(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """Tesla's listing goes on in older pages, newest first, without a gap or a repetition."""
    main = await get_json(session, edgar.url + "/submissions/CIK0001318605.json")
    assert (main["cik"], main["name"], main["tickers"]) == ("0001318605", "Tesla, Inc.", ["TSLA"])
    columns = [main["filings"]["recent"]]
    assert len(columns[0]["accessionNumber"]) == 25
    for file in main["filings"]["files"]:
        page = await get_json(session, f"{edgar.url}/submissions/{file['name']}")
        assert (file["filingCount"], file["filingTo"]) == (len(page["filingDate"]), page["filingDate"][0])
        assert file["filingFrom"] == page["filingDate"][-1]
        columns.append(page)
    assert len(columns) > 1
    dates = [day for page in columns for day in page["filingDate"]]
    accessions = [accession for page in columns for accession in page["accessionNumber"]]
    assert dates == sorted(dates, reverse=True)
    assert len(set(accessions)) == len(accessions) == 32
    assert {len(values) for values in columns[0].values()} == {25}


async def test_listing_tells_time_by_the_filers_clock(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """The same acceptance is New York time behind a Z for Apple, and UTC for its officer."""
    for cik, told in (("0000320193", "2022-05-06T18:30:57.000Z"), ("0001462356", "2022-05-06T22:30:57.000Z")):
        recent = (await get_json(session, f"{edgar.url}/submissions/CIK{cik}.json"))["filings"]["recent"]
        place = recent["accessionNumber"].index("0000320193-22-000061")
        assert recent["acceptanceDateTime"][place] == told


async def test_filing_is_listed_under_issuer_and_every_owner(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A joint filing stands in the listings of all its parties."""
    for cik in ("0001640147", "0001067983", "0000315090"):
        recent = (await get_json(session, f"{edgar.url}/submissions/CIK{cik}.json"))["filings"]["recent"]
        assert "xslF345X02/form3.xml" in recent["primaryDocument"]


async def test_company_without_filings_has_an_empty_listing(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A company of the ticker file of which no filing is held is not unknown."""
    told = await get_json(session, edgar.url + "/submissions/CIK0000104169.json")
    assert told["filings"] == {"recent": {name: [] for name in told["filings"]["recent"]}, "files": []}


async def test_text_has_header_and_document(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """One request brings the acceptance time, the parties and the XML."""
    text = await get_text(session, f"{edgar.url}{SPLIT_DAY}/0000899243-22-015989.txt")
    assert "<ACCEPTANCE-DATETIME>20220429090821\n" in text
    for line in ("REPORTING-OWNER:", "ISSUER:", "CENTRAL INDEX KEY:\t\t\t0001494730", "<TYPE>4\n"):
        assert line in text
    root = etree.fromstring(text.partition("<XML>\n")[2].partition("</XML>")[0].encode())
    assert root.tag == "ownershipDocument"
    assert len(root.findall("nonDerivativeTable/nonDerivativeTransaction")) == 30


async def test_text_stands_beside_the_folder_too(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """The path of the daily index gives the same text, under every party and no other filer."""
    inside = await get_text(session, f"{edgar.url}{SPLIT_DAY}/0000899243-22-015989.txt")
    for cik in (1318605, 1494730):
        path = f"/Archives/edgar/data/{cik}/0000899243-22-015989.txt"
        assert await get_text(session, edgar.url + path) == inside
    async with session.get(edgar.url + "/Archives/edgar/data/789019/0000899243-22-015989.txt") as response:
        assert response.status == 404


async def test_folder_lists_what_it_serves(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """Every name of index.json is there, and the rendering that listings name is no XML."""
    listed = await get_json(session, f"{edgar.url}{SPLIT_DAY}/index.json")
    names = [item["name"] for item in listed["directory"]["item"]]
    assert names == ["0000899243-22-015989-index.html", "0000899243-22-015989.txt", "form4.xml"]
    for name in names:
        await get_text(session, f"{edgar.url}{SPLIT_DAY}/{name}")
    async with session.get(f"{edgar.url}{SPLIT_DAY}/xslF345X03/form4.xml") as response:
        assert response.content_type == "text/html"
    page = await get_text(session, f"{edgar.url}{SPLIT_DAY}/0000899243-22-015989-index.htm")
    assert f'href="{SPLIT_DAY}/form4.xml"' in page


async def test_feed_has_an_entry_for_each_party(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """The newest filing comes first, once for its owner and once for its issuer."""
    feed = etree.fromstring((await get_text(session, f"{edgar.url}{CURRENT}&type=4&count=10")).encode("latin-1"))
    titles = [entry.findtext(ATOM + "title") for entry in feed.iterfind(ATOM + "entry")]
    assert len(titles) == 10
    assert titles[:2] == ["4 - Newstead Jennifer (0001780525) (Reporting)", "4 - Apple Inc. (0000320193) (Issuer)"]
    entry = feed.find(ATOM + "entry")
    assert entry is not None
    assert entry.findtext(ATOM + "id") == "urn:tag:sec.gov,2008:accession-number=0001140361-26-032884"
    assert entry.findtext(ATOM + "updated") == "2026-08-13T16:00:00-04:00"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("5", 10),
        ("19", 10),
        ("45", 40),
        ("100", 100),
        ("500", 100),
        ("", 40),
        pytest.param("9" * 5000, 40, id="absurd"),
    ],
)
async def test_feed_rounds_its_count_down(
    edgar: SmallEdgar, session: aiohttp.ClientSession, asked: str, given: int
) -> None:
    """Only 10, 20, 40, 80 and 100 are served."""
    feed = etree.fromstring((await get_text(session, f"{edgar.url}{CURRENT}&count={asked}")).encode("latin-1"))
    assert len(feed.findall(ATOM + "entry")) == given


async def test_feed_matches_the_beginning_of_a_form(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A type of 4 brings amendments as well, and pages follow on each other until a 503."""
    terms: list[str] = []
    while True:
        async with session.get(f"{edgar.url}{CURRENT}&type=4&count=100&start={len(terms)}") as response:
            if response.status != 200:
                assert (response.status, response.content_type) == (503, "text/html")
                break
            feed = etree.fromstring(await response.read())
        terms += [str(category.get("term")) for category in feed.iter(ATOM + "category")]
    assert set(terms) == {"4", "4/A"}
    assert len(terms) > 300


@pytest.mark.parametrize("kind", ["form", "company", "crawler", "master"])
async def test_daily_index_lists_a_day(edgar: SmallEdgar, session: aiohttp.ClientSession, kind: str) -> None:
    """Each index has a row for every party of every filing of the day."""
    text = await get_text(session, f"{edgar.url}/Archives/edgar/daily-index/2022/QTR2/{kind}.20220429.idx")
    head, _, rows = text.partition("-----\n")
    assert "Last Data Received:    Apr 29, 2022" in head
    assert len(rows.splitlines()) == 6
    assert all("1318605" in row or "1494730" in row for row in rows.splitlines())


@pytest.mark.parametrize(
    "name", ["2022/QTR2/form.20220430.idx", "2022/QTR1/form.20220429.idx", "2022/QTR2/form.20229999.idx"]
)
async def test_missing_index_is_a_403_that_is_no_refusal(
    edgar: SmallEdgar, session: aiohttp.ClientSession, name: str
) -> None:
    """A day without an index is told as XML with AccessDenied."""
    async with session.get(f"{edgar.url}/Archives/edgar/daily-index/{name}") as response:
        assert (response.status, response.content_type) == (403, "application/xml")
        assert "<Code>AccessDenied</Code>" in await response.text()


@pytest.mark.parametrize(
    ("path", "content_type", "word"),
    [
        ("/submissions/CIK0000000001.json", "application/xml", "NoSuchKey"),
        ("/submissions/CIK0001318605-submissions-009.json", "application/xml", "NoSuchKey"),
        ("/Archives/edgar/data/1318605/000000000099000001/0000000000-99-000001.txt", "text/html", "File Not Found"),
        ("/Archives/edgar/data/1318605/000089924322015989/nothing.xml", "text/html", "File Not Found"),
        ("/Archives/edgar/data/1318605/000089924322015989form4.xml", "text/html", "File Not Found"),
        ("/nothing", "text/html", "File Not Found"),
    ],
)
async def test_what_is_not_there(
    edgar: SmallEdgar, session: aiohttp.ClientSession, path: str, content_type: str, word: str
) -> None:
    """A missing submissions file is XML of the object store, everything else a page."""
    async with session.get(edgar.url + path) as response:
        assert (response.status, response.content_type) == (404, content_type)
        assert word in await response.text()


@pytest.mark.parametrize("agent", ["", "python-requests/2.32", "Python/3.11 aiohttp/3.14", "curl/8.5.0"])
async def test_undeclared_client_is_refused(edgar: SmallEdgar, agent: str) -> None:
    """Nobody and a library's own name get the page about undeclared tools."""
    async with (
        aiohttp.ClientSession(headers={"User-Agent": agent}) as client,
        client.get(edgar.url + "/files/company_tickers.json") as response,
    ):
        assert (response.status, response.content_type) == (403, "text/html")
        assert "Undeclared Automated Tool" in await response.text()


async def test_writing_is_refused(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """Only reading is possible."""
    async with session.post(edgar.url + "/files/company_tickers.json") as response:
        assert response.status == 405


async def test_throttle_page_lasts_for_its_pause(session: aiohttp.ClientSession) -> None:
    """The eleventh request in a second closes the door for everybody, and a reset opens it."""
    async with small_edgar(rate=10, pause=600) as edgar:
        statuses = [(await session.get(edgar.url + "/files/company_tickers.json")).status for _ in range(12)]
        assert statuses == [200] * 10 + [403] * 2
        async with aiohttp.ClientSession(headers={"User-Agent": "Other other@example.com"}) as other:
            text = await (await other.get(edgar.url + "/files/company_tickers.json")).text()
        assert "Request Rate Threshold Exceeded" in text
        edgar.reset()
        assert (await session.get(edgar.url + "/files/company_tickers.json")).status == 200


@pytest.mark.parametrize("path", ["/submissions/CIK0001318605.json", f"{SPLIT_DAY}/form4.xml"])
async def test_conditional_request_is_answered_with_304(
    edgar: SmallEdgar, session: aiohttp.ClientSession, path: str
) -> None:
    """A client that names the ETag or the date it has gets no body; one with an older one does."""
    first = await session.get(edgar.url + path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": f'"other", W/{etag}'}, 304),
        ({"If-None-Match": '"other"', "If-Modified-Since": modified}, 200),
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "nonsense"}, 200),
    ):
        response = await session.get(edgar.url + path, headers=headers)
        assert response.status == status, headers
        assert bool(await response.read()) == (status == 200)


async def test_gzip_when_accepted_only(edgar: SmallEdgar) -> None:
    """Bodies are gzipped for those who ask, and plain for the others."""
    url = edgar.url + "/submissions/CIK0001318605.json"
    async with aiohttp.ClientSession(headers=DECLARED, auto_decompress=False) as client:
        packed = await (await client.get(url, headers={"Accept-Encoding": "gzip"})).read()
        plain = await (await client.get(url, headers={"Accept-Encoding": "identity"})).read()
    assert gzip.decompress(packed) == plain
    assert json.loads(plain)["name"] == "Tesla, Inc."


async def test_some_errors_come_gzipped_unasked(edgar: SmallEdgar) -> None:
    """Every third error is gzipped for a client that did not ask for it, and says so."""
    async with aiohttp.ClientSession(headers={**DECLARED, "Accept-Encoding": "identity"}) as client:
        encodings = [(await client.get(edgar.url + "/nothing")).headers.get("Content-Encoding") for _ in range(6)]
    assert encodings == [None, None, "gzip"] * 2
