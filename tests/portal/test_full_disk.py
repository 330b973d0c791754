"""A full disk: said in words wherever it is met, nothing half written, and the emergency stop works all the same."""

import errno
import io
import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import ApiKey, AuditEntry, User
from accounts.roles import Role
from campaigns.models import Gate
from contacts import importing
from contacts.models import ContactGroup, FileChunk, Job, OptOut, StoredFile, Upload
from contacts.tasks import do_job, work_on
from lib import room
from qsms_portal.wsgi import application
from tests.makers import make_group
from tests.reading import read
from tests.workbooks import packed_workbook

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = ("database_writes", "data_folder", "uploads_folder")
REFUSED = "could not extend file: No space left on device"


@contextmanager
def full(table, *, times=1_000, of="INSERT"):
    """PostgreSQL's own error for a full disk, at the first writes of this table; a sequence is not rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE tries")
        cursor.execute(f"""
            CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('tries') <= {times} THEN
                    RAISE EXCEPTION '{REFUSED}' USING ERRCODE = '53100';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER no_room BEFORE {of} ON {table} FOR EACH ROW EXECUTE FUNCTION no_room();
        """)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_room CASCADE; DROP SEQUENCE tries")


@pytest.fixture
def ballast(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "ballast", tmp_path / "ballast")
    monkeypatch.setattr(room, "BALLAST_BYTES", 1 << 20)
    monkeypatch.setattr(room, "ROOM_FOR_BALLAST_BYTES", 0)
    room.keep_ballast()
    assert room.ballast.stat().st_size == 1 << 20
    return room.ballast


@pytest.fixture
def small_disk():
    """A folder on a disk of its own, of a megabyte and a half."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", folder]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a disk cannot be mounted here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def upload(client, content, name="list.csv"):
    return client.post(reverse("upload-create"), {"new_group": "people", "file": SimpleUploadedFile(name, content)})


def test_an_upload_that_finds_no_room_in_the_database_is_told_at_its_field_and_leaves_nothing(sign_in):
    with full("contacts_filechunk"):
        answer = upload(sign_in(Role.COMPOSER), b"phone\n0712345678\n")
    assert answer.status_code == 200
    assert room.FULL in read(answer)
    for model in (Upload, StoredFile, FileChunk, ContactGroup):
        assert not model.objects.exists()


def test_an_upload_that_finds_no_room_in_its_folder_is_told_and_leaves_nothing(sign_in, settings, small_disk):
    settings.FILE_UPLOAD_TEMP_DIR = small_disk
    answer = upload(sign_in(Role.COMPOSER), b"phone\n" + b"0712345678\n" * 200_000)
    assert answer.status_code == 507
    assert room.FULL in read(answer)
    assert not Upload.objects.exists()
    assert not list(small_disk.iterdir())


def test_opt_outs_that_find_no_room_are_told(sign_in, tmp_path):
    client = sign_in(Role.MANAGER)
    posted = {"scope": "all", "pasted": "0712345678"}
    with full("contacts_filechunk"):
        assert room.FULL in read(client.post(reverse("opt-out-upload"), posted))
    assert not Job.objects.exists()
    content = packed_workbook(tmp_path / "a.xlsx", [b"Simu", b"0722000001"], [[0], [1]]).read_bytes()
    client.post(reverse("opt-out-upload"), {"scope": "all", "file": SimpleUploadedFile("a.xlsx", content)})
    job = Job.objects.get()
    with full("contacts_optout"), pytest.raises(OperationalError):
        do_job(job.pk)
    assert room.FULL in read(client.get(reverse("job-detail", args=[job.pk])))
    assert not OptOut.objects.exists()


def test_a_worker_that_finds_no_room_fails_the_upload_with_the_words(sign_in, tmp_path):
    content = packed_workbook(tmp_path / "a.xlsx", [b"Phone", b"0722000001"], [[0], [1]]).read_bytes()
    pk = importing.begin_upload(make_group(), "a.xlsx", [content], at_once=False).pk
    with full("contacts_filechunk"), pytest.raises(OperationalError):
        work_on(pk)
    assert Upload.objects.get().error == room.FULL
    assert StoredFile.objects.count() == 1, "nothing beside the file itself"
    assert room.FULL in read(sign_in(Role.COMPOSER).get(reverse("upload-detail", args=[pk])))


def test_a_child_that_finds_no_room_says_so(tmp_path, small_disk, monkeypatch):
    from contacts.spreadsheets import BadFile, open_sheet

    texts = [b"Phone", b"0722000001", *(os.urandom(6_000).hex().encode() for _ in range(400))]
    path = packed_workbook(tmp_path / "a.xlsx", texts, [[0], *([1, number] for number in range(2, 402))])
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    with pytest.raises(BadFile, match="disk of the portal is full") as caught:
        open_sheet(path)
    assert caught.value.code == "disk_full"
    assert not list(small_disk.iterdir())


def test_neither_is_one_whose_length_nobody_said(small_disk, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    body = io.BytesIO(b"--x\r\n" + bytes(4 << 20) + b"\r\n--x--")
    environ = RequestFactory().post("/sign-in", content_type="multipart/form-data; boundary=x").environ
    del environ["CONTENT_LENGTH"]
    started = []
    answer = application(
        environ | {"wsgi.input": body, "HTTP_TRANSFER_ENCODING": "chunked"},
        lambda status, _headers: started.append(status),
    )
    assert started == ["507 Insufficient Storage"]
    answer.close()


def test_any_other_page_and_the_api_say_so_too(sign_in):
    client = sign_in(Role.COMPOSER)
    with full("contacts_contactgroup"):
        answer = client.post(reverse("group-create"), {"name": "New"})
    assert answer.status_code == 507
    assert "<h1>The disk is full</h1>" in read(answer)
    _, key = ApiKey.make("script", Role.COMPOSER)
    with full("contacts_contactgroup"):
        answer = script(client, key, "groups", {"name": "New"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")
    assert not ContactGroup.objects.exists()


def script(client, key, path, body):
    headers = {"Authorization": f"Bearer {key}"}
    return client.post(f"/v1/{path}", json.dumps(body), "application/json", headers=headers)


def test_the_emergency_stop_takes_the_room_that_is_kept_for_it(sign_in, ballast):
    client = sign_in(Role.MANAGER)
    with full("accounts_auditentry", times=1):
        assert client.post(reverse("stop"), {"reason": "no room"}).status_code == 302
    assert Gate.objects.get().stop_reason == "no room"
    assert AuditEntry.objects.get().act == "sending stopped"
    assert not ballast.exists()


def test_without_that_room_the_stop_says_that_it_did_not_stop(sign_in, monkeypatch):
    monkeypatch.setattr(room, "ballast", None)
    client = sign_in(Role.MANAGER)
    with full("accounts_auditentry", times=1):
        assert client.post(reverse("stop")).status_code == 507
    assert Gate.objects.get().stopped_at is None


def test_a_script_stops_all_sending_on_a_full_disk(client, ballast):
    """Though its key cannot be marked as used or its call counted, and the stop is tried twice."""
    _, key = ApiKey.make("script", Role.MANAGER, calls_a_minute=1)
    with full("accounts_apikey", of="UPDATE"):
        assert script(client, key, "opt-outs", {"phone": "0712345678"}).status_code == 201
    assert ballast.exists()
    with full("accounts_keyuse"):
        assert script(client, key, "groups", {"name": "Loans"}).status_code == 201
    ApiKey.objects.update(calls_a_minute=None)
    with full("accounts_auditentry", times=1):
        answer = script(client, key, "stop", {"reason": "no room"})
    assert (answer.status_code, answer.json()["stopped"]) == (200, True)
    assert Gate.objects.get().stop_reason == "no room"
    assert not ballast.exists()


def test_who_is_not_signed_in_comes_in_on_a_full_disk(client, ballast):
    User.objects.create_user("jane", password="right horse battery")
    with full("django_session", times=1):
        answer = client.post("/sign-in", {"username": "jane", "password": "right horse battery"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not ballast.exists()


def test_ready_says_which_part_finds_no_room(client, small_disk, monkeypatch):
    before = client.get("/readyz").json()
    assert [before[part] for part in PARTS] == ["ok"] * 3
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    with (small_disk / "filler").open("wb") as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(bytes(1 << 16))
            filler.flush()
    answer = client.get("/readyz")
    told = answer.json()
    assert (answer.status_code, told["status"], told["uploads_folder"]) == (200, "degraded", "full")
    assert (told["database_writes"], told["data_folder"]) == ("ok", "ok")
    assert [one.name for one in small_disk.iterdir()] == ["filler"]


def test_the_doctor_tells_the_room_that_is_left(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(room, "ballast", tmp_path / "ballast")
    with pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("OK   disk: ") and line.endswith("GB left for the uploads folder") for line in said)
    assert "WARN disk: no room is kept for the emergency stop: it is, once half a gigabyte is free" in said
    monkeypatch.setattr("qsms_portal.checkup.TOO_LITTLE_ROOM", 1 << 60)
    with pytest.raises(SystemExit):
        call_command("doctor")
    assert any(line.startswith("FAIL disk: ") for line in capsys.readouterr().out.splitlines())


def test_what_says_that_a_disk_is_full():
    assert room.is_full(OSError(errno.ENOSPC, "x"))
    assert room.is_full(OSError(errno.EDQUOT, "x"))
    assert not room.is_full(OSError(errno.EACCES, "x"))
    assert not room.is_full(OperationalError("x"))
    try:
        try:
            raise OSError(errno.ENOSPC, "x")
        except OSError as error:
            raise OperationalError("wrapped") from error
    except OperationalError as wrapped:
        assert room.is_full(wrapped)
    with connection.cursor() as cursor, pytest.raises(OperationalError) as caught:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$")
    assert room.is_full(caught.value)


def test_the_ballast_never_takes_the_last_room(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "ballast", tmp_path / "ballast")
    monkeypatch.setattr(room, "ROOM_FOR_BALLAST_BYTES", 1 << 60)
    room.keep_ballast()
    assert not list(tmp_path.iterdir())
    assert not room.give_up_ballast()
