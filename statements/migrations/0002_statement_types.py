from django.db import migrations

# slug: names in ar, zh-hans, en, fr, ru, es, fa, ur
TYPES = {
    "fact-sheet": (
        *("بيان وقائع", "情况说明", "Fact sheet", "Fiche d’information", "Информационная справка"),
        *("Hoja informativa", "برگه اطلاعات", "حقائق نامہ"),
    ),
    "press-statement": (
        *("بيان صحفي", "新闻声明", "Press statement", "Déclaration à la presse", "Заявление для прессы"),
        *("Declaración de prensa", "بیانیه مطبوعاتی", "پریس بیان"),
    ),
    "remarks": (
        *("كلمة", "讲话", "Remarks", "Allocution", "Выступление"),
        *("Discurso", "سخنرانی", "خطاب"),
    ),
    "readout": (
        *("ملخص محادثات", "会谈通报", "Readout", "Compte rendu", "Сообщение о беседе"),
        *("Resumen de conversación", "گزارش گفت‌وگو", "گفتگو کا خلاصہ"),
    ),
    "notice": (
        *("إشعار", "通知", "Notice", "Avis", "Уведомление"),
        *("Aviso", "اطلاعیه", "اطلاع نامہ"),
    ),
}
COLUMNS = ("name_ar", "name_zh_hans", "name_en", "name_fr", "name_ru", "name_es", "name_fa", "name_ur")


def make_types(apps, schema_editor):
    StatementType = apps.get_model("statements", "StatementType")
    for slug, names in TYPES.items():
        columns = dict(zip(COLUMNS, names, strict=True))
        StatementType.objects.get_or_create(slug=slug, defaults={"name": columns["name_en"], **columns})


class Migration(migrations.Migration):
    dependencies = [("statements", "0001_initial")]

    # Backwards it leaves them: statements may stand on them.
    operations = [migrations.RunPython(make_types, migrations.RunPython.noop)]
