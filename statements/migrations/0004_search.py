import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

from statements import search

BATCH = 200


def fill(apps, schema_editor):
    Entry = apps.get_model("statements", "SearchEntry")
    editions = apps.get_model("statements", "Edition").objects.iterator(BATCH)
    Entry.objects.bulk_create(
        (Entry(edition=edition, **search.columns(edition)) for edition in editions), batch_size=BATCH
    )


class Migration(migrations.Migration):
    dependencies = [("statements", "0003_issuer_and_type_of_a_release")]

    operations = [
        # Here and not in 0003: PostgreSQL does not alter a table whose rows were changed in the same transaction.
        migrations.AlterField(
            model_name="release",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="statements.issuer", verbose_name="issuer"
            ),
        ),
        migrations.AlterField(
            model_name="release",
            name="type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                to="statements.statementtype",
                verbose_name="statement type",
            ),
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="statements.edition",
                    ),
                ),
                ("words", models.TextField()),
                ("vector", django.contrib.postgres.search.SearchVectorField(null=True)),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["vector"], name="search_vector")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
