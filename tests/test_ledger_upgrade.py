"""The ledger's schema: as declared, in both databases; older ones are upgraded whole, newer ones refused."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_mock_engine, func, inspect, select, update

from pipeline.base.problems import HandoffError, LedgerError
from pipeline.office import cli, ledger_upgrade
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_audit import audit
from pipeline.office.ledger_desk import CASES
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_events import plan_digests
from pipeline.office.ledger_schema import DOCUMENTS, EVENTS, MEMBERS, METADATA, ORDERS
from pipeline.office.ledger_trail import Trail
from pipeline.office.vault import Vault
from tests import books, databases

RECORD, CONTENT = '{"name":"鷲尾"}', '[["鷲尾"],[0],["p"]]'


@pytest.fixture(params=databases.KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An empty database."""
    url = databases.sqlite(tmp_path) if request.param == "sqlite" else request.getfixturevalue("bare_database")
    return connect(url)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def older(engine: Engine) -> None:
    """A filled ledger as it was before migrations: no revision, and an audit trail that is no chain."""
    with engine.begin() as connection:
        ledger_upgrade._migrate(connection, "0001", ledger_upgrade.HEAD)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("UPDATE events SET detail = '{}'")
        opened(connection)


def opened(connection: Connection) -> None:
    """Let the ledger keep what it says of people as it is, as it did once."""
    connection.execute(update(MEMBERS).values(record=RECORD))
    connection.execute(update(DOCUMENTS).values(content=CONTENT))


def test_the_head_is_the_last_step() -> None:
    assert ScriptDirectory(str(ledger_upgrade._VERSIONS)).get_heads() == [ledger_upgrade.HEAD]


def test_migrations_make_the_tables_as_they_are_declared(engine: Engine) -> None:
    ledger_upgrade.prepare(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_in_a_file_they_are_the_same_to_the_letter(tmp_path: Path) -> None:
    """What the comparison of databases leaves out: STRICT, the order of rows, checks, conditions of indexes."""
    declared: dict[str, str] = {}
    mock = create_mock_engine(
        "sqlite://", lambda sql, *_: declared.update({str(sql.compile(dialect=mock.dialect)).strip(): ""})
    )
    METADATA.create_all(mock, checkfirst=False)
    made = connect(databases.sqlite(tmp_path))
    ledger_upgrade.prepare(made)
    with made.connect() as connection:
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars()
        assert {sql.strip() for sql in found if "alembic" not in sql} == set(declared)


def test_down_and_up_again(engine: Engine) -> None:
    ledger_upgrade.prepare(engine)
    with engine.begin() as connection:
        ledger_upgrade._migrate(connection, "base", ledger_upgrade.HEAD)
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        ledger_upgrade._migrate(connection, ledger_upgrade.HEAD)
        assert ledger_upgrade.revision(connection) == ledger_upgrade.HEAD


def test_an_older_ledger_is_upgraded_by_a_command_and_then_covered(engine: Engine, tmp_path: Path) -> None:
    url = url_of(engine)
    books.fill(url, tmp_path, spoiled=False)
    older(engine)
    with pytest.raises(LedgerError, match="ledger-older") as caught:
        Ledger(url, str, keys=tmp_path / "keys")
    assert caught.value.problems[0].code == "ledger-older"
    notary = books.notary(tmp_path)
    trail = Trail(books.clock().__next__, "suzuki", notary)
    assert ledger_upgrade.upgrade(url, trail, Vault(tmp_path / "keys")) == "0001"
    assert audit(url, notary.public(), []).problems == []
    assert ledger_upgrade.upgrade(url, trail, Vault(tmp_path / "keys")) == ledger_upgrade.HEAD
    with books.opened(url, tmp_path) as ledger:
        assert [order.state for name in ("first", "planned") if (order := ledger.order(name))] == ["done", "planned"]


def test_what_stood_there_as_it_is_is_sealed_and_what_was_altered_stays_found(engine: Engine, tmp_path: Path) -> None:
    url, vault, notary = url_of(engine), Vault(tmp_path / "keys"), books.notary(tmp_path)
    books.fill(url, tmp_path)
    trail = Trail(books.clock().__next__, "suzuki", notary)
    with engine.begin() as connection:
        ledger_upgrade._migrate(connection, "0004", ledger_upgrade.HEAD)
        opened(connection)
        connection.execute(update(CASES).where(CASES.c.id == "case-1").values(words="鷲尾"))
        for no in connection.scalars(select(ORDERS.c.no).where(ORDERS.c.state != "stopped")).all():
            trail.write(connection, no, "covered", [(CASES, ["case-1"])], digests=plan_digests(connection, no))
        connection.execute(update(MEMBERS).where(MEMBERS.c.order_no == 2).values(record=RECORD + " "))
    vault.erase(3, "")
    assert ledger_upgrade.upgrade(url, trail, vault) == "0004"
    found = audit(url, notary.public(), []).problems
    lost = {f"case_notes/case-{n}" for n in (0, 1)}  # 0004 had no such table
    assert [(one.code, one.values) for one in found if one.place not in lost] == [
        ("audit-plan-changed", {"table": "members", "order": "second"})
    ]
    with books.opened(url, tmp_path) as ledger, ledger.reading() as connection:
        (held,) = ledger.active("demo", "g")
        assert held.record == RECORD
        assert next(ledger.documents(ledger.lots(ledger.order("planned"))[0].name)).texts == ("鷲尾",)  # type: ignore[arg-type]
        assert set(connection.scalars(select(MEMBERS.c.record).where(MEMBERS.c.order_no == 3))) == {""}
        assert connection.scalar(select(CASES.c.words).where(CASES.c.id == "case-1")) == ""
    for file in tmp_path.glob("ledger.sqlite*"):
        assert "鷲尾".encode() not in file.read_bytes()


def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = url_of(engine)
    books.fill(url, tmp_path, spoiled=False)
    older(engine)

    def fail(*_: object) -> None:
        raise HandoffError(())

    monkeypatch.setattr(ledger_upgrade, "_cover", fail)
    with pytest.raises(HandoffError):
        ledger_upgrade.upgrade(url, Trail(str, ""), Vault(tmp_path / "keys"))
    with engine.connect() as connection:
        assert ledger_upgrade.revision(connection) == "0001"
        assert not inspect(connection).has_table("checkpoints")


def test_a_newer_ledger_is_refused_and_left_alone(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    ledger_upgrade.prepare(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for command in (["counts"], ["upgrade"], ["orders"], ["audit"]):
        assert cli.run(["ledger", *command, "--ledger", url_of(engine)]) == 7
        assert "ledger-newer" in capfd.readouterr().err
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(EVENTS)) == 0


def test_two_who_are_first_make_one_ledger(engine: Engine) -> None:
    other = connect(url_of(engine))
    ledger_upgrade.prepare(engine)
    ledger_upgrade.prepare(other)
    other.dispose()
