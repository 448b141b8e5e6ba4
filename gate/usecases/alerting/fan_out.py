"""All channels at once, in bounded time. One that hangs or breaks stops no other, and is in the answer."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime

from gate.domain.alert import Alert, Delivery, Sent
from gate.ports.alarm import Channel


def fan_out(
    told: Sequence[tuple[Channel, Alert]], within: float, clock: Callable[[], datetime]
) -> tuple[Delivery, ...]:
    """Tell each channel its alert, and wait no longer than `within` seconds for all. In the order given."""
    under_way = [(channel.name, alert, _started(channel, alert)) for channel, alert in told]
    wait([future for *_, future in under_way], timeout=within)
    return tuple(_became(name, future, alert, within, clock) for name, alert, future in under_way)


def _started(channel: Channel, alert: Alert) -> "Future[Delivery]":
    """Start on a thread that does not keep the process alive: an executor would wait for it at exit."""
    future: Future[Delivery] = Future()

    def run() -> None:
        try:
            future.set_result(channel.deliver(alert))
        except BaseException as error:  # noqa: BLE001 (kept: it must stop nobody, and print no secret)
            future.set_exception(error)

    threading.Thread(target=run, name=f"gate-alert-{channel.name}", daemon=True).start()
    return future


def _became(
    name: str, future: "Future[Delivery]", alert: Alert, within: float, clock: Callable[[], datetime]
) -> Delivery:
    if not future.done():
        sentence = f"no answer within {within:g} s: it may have arrived"
        return delivery(alert, name, Sent.UNKNOWN, clock(), sentence, seconds=within)
    error = future.exception()
    if error is not None:
        # its text may hold what the channel knows
        return delivery(alert, name, Sent.FAILED, clock(), f"the channel itself fails ({type(error).__name__})")
    return future.result()


def delivery(
    alert: Alert, channel: str, outcome: Sent, at: datetime, sentence: str, *, tries: int = 1, seconds: float = 0.0
) -> Delivery:
    """What became of one, in our own words."""
    return Delivery(
        alert=alert.id,
        channel=channel,
        outcome=outcome,
        at=stamp(at),
        tries=tries,
        sentence=sentence,
        seconds=round(seconds, 3),
    )


def stamp(at: datetime) -> str:
    """UTC, ISO 8601."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
