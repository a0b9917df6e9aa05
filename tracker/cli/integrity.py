"""The commands about the log itself: is it what it was, and how can somebody else tell?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.errors import CheckFailed
from tracker.terminal.options import HELP, pass_session
from tracker.terminal.output import emit
from tracker.terminal.output_file import OutputFile, output_option
from tracker.terminal.progress import Progress
from tracker.terminal.session import Session
from tracker.terminal.text import print_data, print_info

if TYPE_CHECKING:
    from events.transparency.checkpoints import Checkpoint, TreeHead
    from events.transparency.notes import Signer, Verifier

trust_option = click.option(
    "--trust",
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
    trust: str | None,
) -> None:
    """Work out every event, hash and text anew, and compare; exit 4 at the first difference.

    A log rewritten by who owns its file has matching hashes: only a checkpoint kept elsewhere
    (from a digest, an export, a witness) shows that, so give one.

    \b
    Examples:
      pactwatch verify
      pactwatch verify --checkpoint checkpoint.txt --trust example.org+1234abcd+AbC...
      pactwatch verify --proof proof.txt
    """
    verifier = _verifier(trust)
    if proof is not None:
        _verify_proof(session, proof, verifier)
        return
    from events.transparency.checkpoints import read

    given = [read(file.read_text(), verifier) for file in checkpoints]
    _verify_log(session, given)


def _verify_log(session: Session, given: list[Checkpoint]) -> None:
    from events.transparency import verification
    from events.transparency.witness import kept

    seen = kept(session.witness) if session.witness else None
    heads = tuple(checkpoint.head for checkpoint in (*given, *([seen] if seen else [])))
    with closing(session.store()) as store:
        progress = Progress("events verified", quiet=session.quiet)
        checkpoint = verification.verify(store, heads, progress)
        progress.close()
        document = _verified(checkpoint.head, checkpoint.damage)
        if checkpoint.damage is None:
            session.show_witness(store)
    if session.format != "table":
        emit(session, document, [document], list(document))
    elif checkpoint.head is not None:
        against = f", beginning as {len(heads)} checkpoint(s) say" if heads else ""
        print_data(f"{checkpoint.head.size} events are as they were appended{against}")
        print_data(f"root {checkpoint.head.root_text}")
    if checkpoint.damage is not None:
        raise CheckFailed(
            f"position {checkpoint.damage.position}: {checkpoint.damage.what}",
            hint="pactwatch db restore FILE, from a backup made before",
        )
    if not heads:
        print_info(session, "no checkpoint given: a log rewritten as a whole would look as good")


def _verified(head: TreeHead | None, damage: Any) -> dict[str, Any]:
    return {
        "ok": damage is None,
        "position": head.size if head else None,
        "root": head.root_text if head else None,
        "first_bad_position": damage.position if damage else None,
        "exact": damage.exact if damage else None,
        "what": damage.what if damage else None,
    }


def _verify_proof(session: Session, file: Path, verifier: Verifier | None) -> None:
    from events.transparency.proofs import check

    event, against = check(file.read_text(), verifier)
    document = {"ok": True, "checkpoint": against.line, "event": event}
    row = {"id": event["id"], "position": event["position"], "checkpoint": against.line}
    emit(session, document, [row], list(row))
    if verifier is None:
        print_info(session, "the signature was not checked: give --trust KEY")


def _verifier(trust: str | None) -> Verifier | None:
    """The public key as given, or from a file of that name."""
    if trust is None:
        return None
    from events.transparency.notes import read_verifier

    return read_verifier(Path(trust).read_text() if Path(trust).is_file() else trust)


@click.group(context_settings=HELP)
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
    document = {"key_file": str(key_file), "public_key": signer.verifier.text}
    _show_key(session, document)
    print_info(session, f"private key in {key_file}: keep a copy apart from the database's")


@checkpoint.command("key")
@pass_session
def checkpoint_key(session: Session) -> None:
    """Print the public key, for those who check.

    \b
    Examples:
      pactwatch checkpoint key
    """
    _show_key(session, {"public_key": _needed(session).verifier.text})


def _needed(session: Session) -> Signer:
    from events.transparency.notes import key_path, load_key

    return session.signer or load_key(session.key_file or key_path())


def _show_key(session: Session, document: dict[str, str]) -> None:
    """On its own on a line, to be copied or piped."""
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
    document, text = _checkpoint(session, session.signer)
    if session.format == "table":
        click.echo(text, nl=False)
        if not document["signed"]:
            print_info(session, "not signed; next: pactwatch checkpoint keygen NAME")
    else:
        emit(session, document, [document], list(document))


@checkpoint.command("export")
@output_option
@pass_session
def checkpoint_export(session: Session, output: OutputFile) -> None:
    """Write the signed checkpoint, to be kept on another machine; needs a key.

    \b
    Examples:
      pactwatch checkpoint export -o checkpoint.txt
    """
    text = _checkpoint(session, _needed(session))[1]
    with output.writing() as stream:
        stream.write(text.encode())


def _checkpoint(session: Session, signer: Signer | None) -> tuple[dict[str, Any], str]:
    from events.transparency import checkpoints

    with closing(session.store()) as store:
        session.show_witness(store)
        checkpoint = checkpoints.checkpoint(store, signer.name if signer else checkpoints.ORIGIN)
    text = checkpoints.signed(checkpoint, signer) if signer else checkpoint.body
    document = {
        "origin": checkpoint.origin,
        "size": checkpoint.head.size,
        "root": checkpoint.head.root_text,
        "signed": signer is not None,
        "note": text,
    }
    return document, text


@click.command("proof", context_settings=HELP)
@click.argument("event_id", metavar="EVENT-ID")
@pass_session
def proof(session: Session, event_id: str) -> None:
    """Prove to somebody without the database that an event is in the log.

    The text holds the event, the hashes and the checkpoint; free text that can be erased is in it
    as a salted hash only. They check it with `pactwatch verify --proof FILE`.

    \b
    Examples:
      pactwatch proof ev-0001 > proof.txt
      pactwatch verify --proof proof.txt --trust example.org+1234abcd+AbC...
    """
    from events.transparency.proofs import inclusion

    with closing(session.store()) as store:
        proof_ = inclusion(store, event_id, session.signer)
    document = {
        "event": event_id,
        "index": proof_.index,
        "hashes": [raw.hex() for raw in proof_.hashes],
        "checkpoint": proof_.checkpoint,
        "proof": proof_.text,
    }
    emit(
        session,
        document,
        [document],
        ["event", "index", "checkpoint"],
        draw=lambda: click.echo(proof_.text, nl=False),
    )
