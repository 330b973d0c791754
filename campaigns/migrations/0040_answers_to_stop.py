"""The claim lets the one text through that confirms a STOP: whoever gets it has just opted out."""

from django.db import migrations

# The function is changed in place, so that nothing else of it is written down twice.
CHANGE = """
DO $change$
DECLARE
    was text := pg_get_functiondef('campaigns_claim_next(interval, integer, text, boolean)'::regprocedure);
    told text := replace(was, $${old}$$, $${new}$$);
BEGIN
    IF told = was THEN
        RAISE 'campaigns_claim_next is not the function that this migration knows';
    END IF;
    EXECUTE told;
END
$change$
"""
EVERYBODY = "m.status = 'queued' AND EXISTS ("
BUT_ANSWERS = "m.status = 'queued' AND m.source <> 'answer' AND EXISTS ("


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_sending_functions")]

    operations = [
        migrations.RunSQL(
            CHANGE.format(old=EVERYBODY, new=BUT_ANSWERS), CHANGE.format(old=BUT_ANSWERS, new=EVERYBODY)
        )
    ]
