"""The on-call people's mailbox by real SMTP: what is kept, for whom, and what is refused."""

from __future__ import annotations

import os
import signal
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from provisioning.__main__ import main
from provisioning.local import mailbox, servers
from provisioning.local.supervisor import Supervisor
from provisioning.mailbox.mails import Mailbox

SAM, LEA = (reader.address for reader in mailbox.READERS)
HTML = "<p>Le service ne répond pas : <b>depuis 2 min</b></p>"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    with Supervisor(tmp_path_factory.mktemp("a post office")) as running:
        running.start(servers.on_free_ports(mailbox.MAILBOX))
        yield running


@pytest.fixture
def smtp(stack: Supervisor) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", stack.place("mailbox").port("smtp"), timeout=30) as connection:
        yield connection


@pytest.fixture
def kept(stack: Supervisor) -> Mailbox:
    return Mailbox(mailbox.mails(stack.directory))


def written(subject: str, to: str = LEA) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Chevet <chevet@operations.example>", to, subject
    message.set_content("Le service ne répond pas : depuis 2 min")
    message.add_alternative(HTML, subtype="html")
    return message


def test_a_mail_is_kept_with_its_sender_its_subject_and_both_its_bodies(smtp: smtplib.SMTP, kept: Mailbox) -> None:
    smtp.send_message(written("le service ne répond pas"))
    mail = kept.newest()[0]
    assert (mail.to, mail.sender) == ((LEA,), "Chevet <chevet@operations.example>")
    assert mail.subject == "le service ne répond pas"
    assert (mail.html.strip(), mail.text.strip()) == (HTML, "Le service ne répond pas : depuis 2 min")
    assert kept.mail(mail.id) == mail


def test_mails_are_files_of_their_owners_alone(smtp: smtplib.SMTP, stack: Supervisor) -> None:
    smtp.send_message(written("x"))
    directory = mailbox.mails(stack.directory)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


def test_for_whom_a_mail_was_taken_is_said_by_the_envelope_not_by_its_header(smtp: smtplib.SMTP, kept: Mailbox) -> None:
    smtp.send_message(written("both", to="somebody@else.example"), to_addrs=[SAM, LEA])
    assert kept.newest()[0].to == (SAM, LEA)


def test_a_mailbox_that_was_killed_is_back_at_its_place_with_what_it_kept(stack: Supervisor, kept: Mailbox) -> None:
    port = stack.place("mailbox").port("smtp")
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as before:
        before.send_message(written("before"))
    killed = stack.processes["mailbox"].pid
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while stack.processes["mailbox"].pid == killed or not mailbox.MAILBOX.ready(stack.place("mailbox")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as after:
        after.send_message(written("after"))
    assert [mail.subject for mail in kept.newest()][:2] == ["after", "before"]


def test_mail_for_a_stranger_is_refused_for_good_and_not_kept(smtp: smtplib.SMTP, kept: Mailbox) -> None:
    before = len(kept.newest())
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.send_message(written("x", to="stranger@operations.example"))
    assert refused.value.recipients["stranger@operations.example"][0] == 550
    assert len(kept.newest()) == before


def test_a_mail_larger_than_any_alert_is_refused(smtp: smtplib.SMTP) -> None:
    large = written("x")
    large.add_attachment("many lines\n" * 200_000)
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)):
        smtp.send_message(large)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    few = Mailbox(tmp_path, kept=2)
    ids = [
        few.keep(b"Subject: x\r\n\r\n", [SAM], at) for at in (1_900_000_000_001, 1_900_000_000_003, 1_900_000_000_002)
    ]
    assert [mail.id for mail in few.newest()] == [ids[1], ids[2]]


def test_no_id_leads_out_of_the_mailbox(tmp_path: Path) -> None:
    (tmp_path / "outside.eml").write_text("Subject: secret\n\n")
    box = Mailbox(tmp_path / "mails")
    box.keep(b"Subject: x\r\n\r\n", [SAM], 1_900_000_000_000)
    assert box.mail("../outside") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe no header", b"Content-Type: text/html; charset=klingon\r\n\r\n\xff<b>"],
    ids=["nothing", "no header", "an unknown charset"],
)
def test_a_mail_that_nobody_can_read_well_is_shown_as_far_as_it_can(content: bytes, tmp_path: Path) -> None:
    box = Mailbox(tmp_path)
    box.keep(content, [SAM], 1_900_000_000_000)
    assert box.newest()[0].to == (SAM,)


def test_it_refuses_to_listen_where_others_could_reach_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["mailbox", "--listen=0.0.0.0:25", "--for", SAM, "--directory", str(tmp_path)]) == 1
    assert "--listen: expected a loopback address" in capsys.readouterr().err
