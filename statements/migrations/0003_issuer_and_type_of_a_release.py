import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def as_the_statement_has_them(apps, schema_editor):
    statements = apps.get_model("statements", "Statement").objects.filter(pk=OuterRef("statement"))
    apps.get_model("statements", "Release").objects.update(
        issuer=Subquery(statements.values("issuer")), type=Subquery(statements.values("type"))
    )


class Migration(migrations.Migration):
    dependencies = [("statements", "0002_statement_types")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="issuer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="statements.issuer",
                verbose_name="issuer",
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="type",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="statements.statementtype",
                verbose_name="statement type",
            ),
        ),
        migrations.RunPython(as_the_statement_has_them, migrations.RunPython.noop),
    ]
