"""Tells one alert while every library is asked to say all it knows: `python -m tests.alerting.loud FOLDER`."""

import http.client
import logging
import os
import smtplib
import sys
from pathlib import Path

from gate.config import parse_operating
from gate.wiring.alerting import alarm
from tests.alerting.targets import alert


def everything_said():
    logging.basicConfig(level=1, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
    http.client.HTTPConnection.debuglevel = 1
    smtplib.SMTP.debuglevel = 2
    for name in ("apprise", "requests", "urllib3", "urllib3.connectionpool", "slack_sdk", "smtplib", "asyncio"):
        logging.getLogger(name).setLevel(1)


def main(folder):
    everything_said()
    # the shouting itself works: what is not withheld is heard
    logging.getLogger("urllib3.connectionpool").debug("heard")
    telling = alarm(parse_operating((folder / "gate.toml").read_text(), "gate.toml"), os.environ, folder)
    said = [str(telling)]
    for name in ("m-1", "m-2"):
        said += [str(one) for one in telling.tell(alert(name, key=name))]
    sys.stdout.write("\n".join(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
