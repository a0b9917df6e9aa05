"""Settings of mail, from the environment: every name begins with PACTWATCH_."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from events.files import effective_user, read_text
from notifications.errors import InvalidAddress, InvalidSetting
from notifications.mail.headers import mailbox
from notifications.setting_forms import (
    URL_FORMS,
    check_tenant,
    parse_bounce_domain,
    parse_networks,
    url_parts,
)

LISTS = ("digest", "webhook", "apprise", "all")
"""What the messages of each channel are called here, and the word for all of them."""
TEMPLATES = ("digest.subject.j2", "digest.txt.j2", "digest.html.j2")
"""What a folder of one's own may have; each takes the place of a shipped one."""
LONGEST_WAIT = 3600.0
"""Seconds; whoever waits longer for one answer has mistyped, and a socket takes no endless time."""
MOST_PER_MINUTE = 1_000_000


class MailSettings(BaseSettings):
    """Where mail goes and whose it is. With no SMTP URL, each message becomes an .eml file.

    A variable that is empty counts as one that is not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="PACTWATCH_", env_ignore_empty=True, extra="ignore"
    )

    mail_dir: Path = Field(Path("mail"), description="folder for .eml files")
    smtp_url: str | None = Field(
        None, description="smtp://user@host:port, smtps:// or smtp+starttls://"
    )
    smtp_password_file: Path | None = Field(None, description="file that holds the password")
    smtp_timeout: float = Field(
        30.0,
        gt=0,
        le=LONGEST_WAIT,
        description="seconds to wait for an answer; ten times that for the final one",
    )
    mail_per_minute: int | None = Field(
        None,
        gt=0,
        le=MOST_PER_MINUTE,
        description="most messages handed to the relay in any minute",
    )
    mail_per_minute_domain: int | None = Field(
        None,
        gt=0,
        le=MOST_PER_MINUTE,
        description="most messages to one recipient domain in any minute",
    )
    hook_networks: str = Field(
        "",
        description="private networks of your own that webhooks may go to, by `http://` too, e.g. "
        "`10.1.0.0/16,fd00::/8`; all other private addresses are refused",
    )
    hook_timeout: float = Field(
        20.0,
        gt=0,
        le=LONGEST_WAIT,
        description="seconds for one delivery to a webhook, from connecting to answer",
    )
    hook_per_minute: int | None = Field(
        None,
        gt=0,
        le=MOST_PER_MINUTE,
        description="most messages to one webhook host in any minute",
    )
    resend_uncertain: str = Field(
        "all",
        description="lists (`digest`, `webhook`, `apprise`, commas between) whose uncertain "
        "messages are sent again, with the same Message-ID; where only some are named, the "
        "others are held",
    )
    hold_uncertain: str = Field(
        "",
        description="lists (or `all`) whose uncertain messages are held and shown instead, for "
        "whoever prefers a gap to a duplicate",
    )
    heartbeat_url: str | None = Field(
        None, description="URL that is fetched after each turn that went well"
    )
    mail_from: str = Field(
        "pactwatch <pactwatch@localhost>", description="the From of every message"
    )
    opt_in: Literal["auto", "always", "never"] = Field(
        "auto",
        description="whether a new recipient must confirm by mail: `auto` asks when mail leaves "
        "by SMTP, and not when it stays in files on this machine",
    )
    bounce_domain: str | None = Field(
        None,
        description="domain of the envelope sender, to which bounces come back signed; without it "
        "they go to the From address and are matched by Message-ID",
    )
    imap_url: str | None = Field(
        None,
        description="mailbox of bounces that `bounce fetch` and `run` read: "
        "imaps://user@host:993/FOLDER or imap+starttls://, INBOX where no folder is named",
    )
    imap_password_file: Path | None = Field(
        None, description="file that holds the password of that mailbox"
    )
    imap_done_folder: str | None = Field(
        None,
        description="folder that what was read is moved to; without it, it is marked as seen",
    )
    public_url: str | None = Field(
        None, description="where `pactwatch serve` is reached by readers, for links in mail"
    )
    mark_links: bool = Field(
        True,
        description="whether the news in a mail has links to acknowledge and snooze it, where "
        "there is a public URL; whoever has the mail may then do so",
    )
    secret_file: Path | None = Field(
        None,
        description="file with the secret of links and bounce addresses, the same for every "
        "worker (default: mail.secret in the user's settings, made at first need)",
    )
    templates: Path | None = Field(
        None,
        description="folder whose `digest.subject.j2`, `digest.txt.j2` and `digest.html.j2`, where "
        "they are there, take the place of the shipped ones; they run in a sandbox",
    )
    tenant: str = Field("pactwatch", description="name of this installation in ids and List-Id")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Reads the environment alone: to go through a file that nobody names costs as much."""
        return init_settings, env_settings

    @field_validator("resend_uncertain", "hold_uncertain")
    @classmethod
    def _lists(cls, text: str) -> str:
        """Refuses a name that no list has: its messages would be resent, or held, all the same."""
        if not {name.strip() for name in text.split(",")} <= {"", *LISTS}:
            raise PydanticCustomError("lists", f"{', '.join(LISTS[:-1])} or {LISTS[-1]}")
        return text

    @field_validator("mail_from")
    @classmethod
    def _address(cls, text: str) -> str:
        """Refuses at once what every message would be refused for."""
        try:
            mailbox(text)
        except InvalidAddress as error:
            example = "Desk <desk@example.org>"
            raise InvalidSetting(
                "mail_from",
                f"expected one address like {example}, found {text!r}",
                hint=f'PACTWATCH_MAIL_FROM="{example}"',
            ) from error
        return text

    @field_validator(*URL_FORMS)
    @classmethod
    def _url(cls, text: str | None, info: ValidationInfo) -> str | None:
        """Refuses at the start what the first mail, turn or fetch would be refused for."""
        if text is not None:
            url_parts(str(info.field_name), text)
        return text

    @field_validator("hook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        parse_networks(text)
        return text

    @field_validator("bounce_domain")
    @classmethod
    def _domain(cls, text: str | None) -> str | None:
        return None if text is None else parse_bounce_domain(text)

    @field_validator("tenant")
    @classmethod
    def _tenant(cls, text: str) -> str:
        return check_tenant(text)

    def __init__(self, **given: Any) -> None:
        """Reads the environment; raises InvalidSetting for the first value that does not fit."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            words = str(first["msg"]).removeprefix("Input should be ").partition(", unable")[0]
            default = type(self).model_fields[name].default
            raise InvalidSetting(
                name,
                f"expected {words}, found {str(first['input'])!r}",
                hint="leave it out" + ("" if default in (None, "") else f" for {default}"),
            ) from error

    def password(self, setting: str) -> str | None:
        """The text of the file that a setting names; None where it names none.

        Raises InvalidSetting for one that cannot be read, or has nothing in it.
        """
        file: Path | None = getattr(self, setting)
        if file is None:
            return None
        name = f"PACTWATCH_{setting.upper()}"
        try:
            text = read_text(file).strip()
        except OSError as error:
            user = effective_user()
            words = f"{file} cannot be read by {user}: {error.strerror}"
            hint = f"put the password into a file: {name}"
            if isinstance(error, PermissionError):
                hint = f"chown {user} {quote(str(file))}"
            raise InvalidSetting(setting, words, hint=hint) from error
        if not text:
            raise InvalidSetting(
                setting,
                f"expected a password in {file}, which is empty",
                hint=f"put it there, or leave out {name}",
            )
        return text

    @property
    def words_of_files(self) -> str:
        """Where mail lies that no relay takes, by its whole path; empty where there is a relay."""
        folder = self.mail_dir.resolve()
        return "" if self.smtp_url else f"mail goes into files in {folder} and to nobody"

    @property
    def words_of_templates(self) -> str:
        """Why no mail has a form of one's own, though a folder is named; empty where one has."""
        if self.templates is None or any((self.templates / name).is_file() for name in TEMPLATES):
            return ""
        words = f"expected a folder, found none at {self.templates}"
        if self.templates.is_dir():
            words = f"expected one of {', '.join(TEMPLATES)} in {self.templates}, found none"
        return f"PACTWATCH_TEMPLATES: {words}; mails have the shipped form"

    @property
    def asks_for_opt_in(self) -> bool:
        """Mail that leaves the machine needs its reader's word; files on it do not."""
        return self.opt_in == "always" or (self.opt_in == "auto" and bool(self.smtp_url))

    @property
    def domain(self) -> str:
        """The domain of our Message-IDs and List-Id: that of the From address."""
        return mailbox(self.mail_from).domain
