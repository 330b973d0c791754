"""What recurs, reminds and is approved; a reminder's key goes with the text that did not."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Whatever ends a text: one place that cannot be forgotten. A later try's key stays, for an earlier one may have arrived.
KEYS_GO = """
CREATE FUNCTION campaigns_forget_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM campaigns_reminderkey WHERE run_id = NEW.run_id AND phone = NEW.phone;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_reminder AFTER UPDATE OF status ON campaigns_message FOR EACH ROW
WHEN (NEW.status IN ('skipped', 'rejected', 'cancelled') AND OLD.status <> NEW.status AND NEW.attempt = 1)
EXECUTE FUNCTION campaigns_forget_reminder();
"""
KEYS_STAY = "DROP TRIGGER forget_reminder ON campaigns_message; DROP FUNCTION campaigns_forget_reminder"


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', "0014_texts"),
        ('contacts', '0003_upload_consent'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='approved',
            field=models.JSONField(blank=True, help_text='Texts, audience, sender and time as approved.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='approved_cost',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='KES.', max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='approved_people',
            field=models.PositiveIntegerField(blank=True, help_text='What a run was expected to reach.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='approved_version',
            field=models.PositiveIntegerField(blank=True, help_text='What was approved: any change raises `version` past it.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='asked_at',
            field=models.DateTimeField(blank=True, help_text='When approval was asked for.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='authors',
            field=models.JSONField(blank=True, default=list, help_text='Who made or changed it: `user:3`, `key:5`. They cannot approve it.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='catch_up_days',
            field=models.PositiveSmallIntegerField(default=1, help_text='Days that a reminder looks back, for people who came after their moment.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='next_at',
            field=models.DateTimeField(blank=True, help_text='Of a recurring one: its next time, for which there is a run. Empty: no more.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='returned_with',
            field=models.CharField(blank=True, help_text='The comment with which it came back.', max_length=500),
        ),
        migrations.AddField(
            model_name='campaign',
            name='told_at',
            field=models.DateTimeField(blank=True, help_text='When managers were told of it by mail.', null=True),
        ),
        migrations.AddField(
            model_name='rules',
            name='approval',
            field=models.CharField(choices=[('off', 'Nobody has to approve'), ('always', 'Somebody else approves every campaign'), ('above', 'Somebody else approves what is above a number of people or a cost')], default='off', max_length=6),
        ),
        migrations.AddField(
            model_name='rules',
            name='approval_cost',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='More KES than that.', max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='rules',
            name='approval_people',
            field=models.PositiveIntegerField(blank=True, help_text='More people than that.', null=True),
        ),
        migrations.AddField(
            model_name='rules',
            name='growth_share',
            field=models.PositiveSmallIntegerField(default=20, help_text='Percent by which a run may outgrow what was approved before a person is asked.'),
        ),
        migrations.AddField(
            model_name='run',
            name='own_text',
            field=models.TextField(blank=True, help_text="This occurrence's own text; empty: the campaign's."),
        ),
        migrations.AlterField(
            model_name='reminderkey',
            name='campaign',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='campaigns.campaign'),
        ),
        migrations.AlterField(
            model_name='reminderkey',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='campaigns.run'),
        ),
        migrations.AddIndex(
            model_name='campaign',
            index=models.Index(condition=models.Q(('status__in', ['active', 'paused'])), fields=['next_at'], name='campaign_next'),
        ),
        migrations.AddIndex(
            model_name='campaign',
            index=models.Index(condition=models.Q(('next_at__isnull', True), ('status', 'active')), fields=['id'], name='campaign_ending'),
        ),
        migrations.AddIndex(
            model_name='reminderkey',
            index=models.Index(fields=['run', 'phone'], name='reminder_of_message'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('not_after__isnull', False), ('status__in', ['scheduled', 'planned', 'held', 'sending', 'paused'])), fields=['not_after'], name='run_late'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['scheduled_for'], name='run_when'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['campaign', '-scheduled_for'], name='run_of_campaign'),
        ),
        migrations.RunSQL(KEYS_GO, KEYS_STAY),
    ]
