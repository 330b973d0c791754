"""What a database has of functions and triggers that are ours, by name, each as PostgreSQL writes it out."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
APPS = ("accounts", "campaigns", "contacts")
FILES = sorted(file for app in APPS for file in (REPOSITORY / app / "sql").glob("*.sql"))

FUNCTIONS = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
    SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""
TRIGGERS = "SELECT tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"


def functions(cursor):
    cursor.execute(FUNCTIONS)
    return dict(cursor.fetchall())


def definitions(cursor):
    found = functions(cursor)
    cursor.execute(TRIGGERS)
    return found | dict(cursor.fetchall())
