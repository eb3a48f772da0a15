"""Send a message for a job: "look at this row now". What cannot be sent, the sweeper sends later."""

from uuid import UUID

import dramatiq
from dramatiq.errors import DramatiqError
from redis.exceptions import RedisError

from services.chassis.logs import get_logger
from services.filings.domain import Priority

QUEUES = {Priority.USER: "jobs", Priority.BACKGROUND: "background"}
"""A queue for each class, with workers of its own: nobody's job waits behind what readers merely caused."""

ACTOR = "run_job"

log = get_logger(__name__)


class Messages:
    """Send messages through one broker."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self.broker = broker
        for queue in QUEUES.values():
            broker.declare_queue(queue)

    def send(self, job_id: UUID, priority: Priority) -> None:
        """Send a message for a job whose row is committed."""
        actor = f"{ACTOR}_{priority}"
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=QUEUES[priority], actor_name=actor, args=(str(job_id),), kwargs={}, options={}
        )
        try:
            self.broker.enqueue(message)
        except (DramatiqError, RedisError) as error:
            log.warning("message not sent", job_id=str(job_id), error=type(error).__name__)
