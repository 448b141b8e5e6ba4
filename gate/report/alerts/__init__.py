"""An alert as each medium shows it. Pure: an alert in, a message out; hostile text escaped, every limit kept."""

from gate.report.alerts.discord import discord_message
from gate.report.alerts.mail import Mail, mail
from gate.report.alerts.short import line, lines
from gate.report.alerts.slack import slack_message

__all__ = ["Mail", "discord_message", "line", "lines", "mail", "slack_message"]
