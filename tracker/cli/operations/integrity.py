"""The commands `verify`, `checkpoint` and `proof`: is the log what it was, and who can tell?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from events.files import read_text
from events.wording import plural
from tracker.errors import CheckFailed
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, entry_argument, pass_session
from tracker.terminal.output import OutputFile, emit, output_option
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_data, print_heading, print_info

if TYPE_CHECKING:
    from events.transparency.checkpoints import Checkpoint, TreeHead
    from events.transparency.notes import Signer, Verifier


class PublicKeyType(click.ParamType["Verifier"]):
    """A public key: its text, or the name of a file with it."""

    name = "key"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,  # noqa: ARG002
    ) -> Verifier:
        from events.transparency.notes import read_verifier

        text = str(value)
        return read_verifier(read_text(Path(text)) if Path(text).is_file() else text)


trust_option = click.option(
    "--trust",
    "verifier",
    type=PublicKeyType(),
    metavar="KEY",
    envvar="PACTWATCH_TRUST",
    show_envvar=True,
    help="The public key that has to have signed: its text, or a file with it.",
)


@click.command("verify", context_settings=HELP)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint kept elsewhere; several of them narrow down where a log was rewritten.",
)
@click.option(
    "--proof",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check a proof in place of the log; needs no database.",
)
@trust_option
@pass_session
def verify(
    session: Session,
    checkpoints: tuple[Path, ...],
    proof: Path | None,
    verifier: Verifier | None,
) -> None:
    """Work out every event, hash and text anew, and compare; exit 4 at the first difference.

    Exit 4 as well where a trigger is missing that keeps the database from changing the log.

    A log rewritten by who owns its file has matching hashes: only a checkpoint kept elsewhere
    (from a digest, an export, a witness) shows that, so give one.

    \b
    Examples:
      pactwatch verify
      pactwatch verify --checkpoint checkpoint.txt \\
          --trust example.org+1234abcd+AbC...
      pactwatch verify --proof proof.txt
    """
    if proof is not None:
        verify_proof(session, proof, verifier)
        return
    from events.transparency.checkpoints import parse_checkpoint

    verify_log(session, [parse_checkpoint(read_text(file), verifier) for file in checkpoints])


def verify_log(session: Session, checkpoints: list[Checkpoint]) -> None:
    """Checks the log by itself, against checkpoints, and against the witness if there is one."""
    from events.transparency import verification
    from events.transparency.witness import witnessed_checkpoint

    witnessed = witnessed_checkpoint(session.witness) if session.witness else None
    heads = tuple(
        checkpoint.head for checkpoint in (*checkpoints, *([witnessed] if witnessed else []))
    )
    with closing(session.store()) as store:
        with Progress(session, "events verified") as progress:
            result = verification.verify(store, heads, progress)
        if result.damage is None:
            session.advance_witness(store)
    head, damage = result.head, result.damage
    document = {
        "ok": damage is None and not result.unguarded,
        "position": head.size if head else None,
        "root": head.root_text if head else None,
        "first_bad_position": damage.position if damage else None,
        "exact": damage.exact if damage else None,
        "what": damage.what if damage else None,
        "unguarded": result.unguarded,
    }
    emit(session, document, draw=lambda: show_verified(head, len(heads)))
    if damage is not None:
        raise CheckFailed(
            f"position {damage.position}: {damage.what}",
            hint="pactwatch db restore FILE, from a backup made before",
        )
    if result.unguarded:
        raise CheckFailed(
            f"nothing keeps the database from changing the log: {'; '.join(result.unguarded)}",
            hint="pactwatch db upgrade, then: pactwatch verify --checkpoint FILE",
        )
    if not heads:
        print_info(session, "no checkpoint given: a log rewritten as a whole would look as good")


def show_verified(head: TreeHead | None, checkpoints: int) -> None:
    """Prints size and root of a log that is whole; nothing for one that is damaged."""
    if head is not None:
        against = f", in agreement with {plural(checkpoints, 'checkpoint')}" if checkpoints else ""
        print_data(f"{plural(head.size, 'event')}, unchanged{against}")
        print_data(f"root {head.root_text}")


def verify_proof(session: Session, file: Path, verifier: Verifier | None) -> None:
    """Checks a proof of inclusion, and its signature where a key is trusted."""
    from events.transparency.proofs import check_proof

    event, against = check_proof(read_text(file), verifier)
    document = {"ok": True, "checkpoint": against.line, "event": event}
    row = {"id": event["id"], "position": event["position"], "checkpoint": against.line}
    emit(session, document, [row])
    if verifier is None:
        print_info(session, "the signature was not checked: give --trust KEY")


@click.group(cls=CommandGroup, context_settings=HELP)
def checkpoint() -> None:
    """Size and root of the log, signed: whoever keeps one can tell later what was changed.

    \b
    Examples:
      pactwatch checkpoint keygen example.org/pactwatch
      pactwatch checkpoint show
      pactwatch checkpoint export -o checkpoint.txt
    """


@checkpoint.command("keygen")
@click.argument("name")
@pass_session
def checkpoint_keygen(session: Session, name: str) -> None:
    """Make the signing key of this log; NAME says whose log it is. The public key is printed.

    \b
    Examples:
      pactwatch checkpoint keygen example.org/pactwatch
    """
    from events.transparency.notes import generate, key_path, write_key

    signer, key_file = generate(name), session.key_file or key_path()
    write_key(signer, key_file)
    emit_key(session, {"key_file": str(key_file), "public_key": signer.verifier.text})
    print_info(session, f"private key in {key_file}: keep a copy apart from the database's")


@checkpoint.command("key")
@pass_session
def checkpoint_key(session: Session) -> None:
    """Print the public key, for those who check.

    \b
    Examples:
      pactwatch checkpoint key
    """
    emit_key(session, {"public_key": required_signer(session).verifier.text})


def required_signer(session: Session) -> Signer:
    """Gives who signs checkpoints; raises NoteError where there is no key."""
    from events.transparency.notes import key_path, load_key

    return session.signer or load_key(session.key_file or key_path())


def emit_key(session: Session, document: dict[str, str]) -> None:
    """Prints a public key alone on its line, to be copied or piped."""
    emit(
        session,
        document,
        [document],
        ["public_key"],
        draw=lambda: print_data(document["public_key"]),
    )


@checkpoint.command("show")
@pass_session
def checkpoint_show(session: Session) -> None:
    """Print the checkpoint of the log as it stands, signed where there is a key.

    \b
    Examples:
      pactwatch checkpoint show
    """
    checkpoint, text = current_checkpoint(session, session.signer)
    document = {
        "origin": checkpoint.origin,
        "size": checkpoint.head.size,
        "root": checkpoint.head.root_text,
        "signed": session.signer is not None,
        "note": text,
    }
    emit(session, document, draw=lambda: click.echo(text, nl=False))
    if session.signer is None:
        from events.transparency.notes import KEYGEN

        print_heading(session, f"not signed; next, {KEYGEN}")


@checkpoint.command("export")
@output_option
@pass_session
def checkpoint_export(session: Session, output: OutputFile) -> None:
    """Write the signed checkpoint, to be kept on another machine; needs a key.

    \b
    Examples:
      pactwatch checkpoint export -o checkpoint.txt
    """
    text = current_checkpoint(session, required_signer(session))[1]
    with output.writing() as stream:
        stream.write(text.encode())


def current_checkpoint(session: Session, signer: Signer | None) -> tuple[Checkpoint, str]:
    """Gives the checkpoint of the log and its text, signed where there is a key."""
    from events.transparency import checkpoints

    with closing(session.store()) as store:
        session.advance_witness(store)
        checkpoint = checkpoints.checkpoint(store, signer.name if signer else checkpoints.ORIGIN)
    return checkpoint, checkpoints.signed(checkpoint, signer) if signer else checkpoint.body


@click.command("proof", context_settings=HELP)
@entry_argument
@pass_session
def proof(session: Session, event_id: str) -> None:
    """Prove to somebody without the database that an entry is in the log.

    ENTRY is its number, its id, the first letters of its id, or `last`.

    The text holds the event, the hashes and the checkpoint; free text that can be erased is in it
    as a salted hash only. They check it with `pactwatch verify --proof FILE`.

    \b
    Examples:
      pactwatch proof 17 > proof.txt
      pactwatch verify --proof proof.txt --trust example.org+1234abcd+AbC...
    """
    from events.transparency.proofs import prove_inclusion
    from tracker.entries.lookup import find_entry

    with closing(session.store()) as store:
        event = find_entry(store, event_id)
        inclusion_proof = prove_inclusion(store, event.id, session.signer)
    document = {
        "event": event.id,
        "index": inclusion_proof.index,
        "hashes": [raw.hex() for raw in inclusion_proof.hashes],
        "checkpoint": inclusion_proof.checkpoint,
        "proof": inclusion_proof.text,
    }
    emit(
        session,
        document,
        [document],
        ["event", "index", "checkpoint"],
        draw=lambda: click.echo(inclusion_proof.text, nl=False),
    )
