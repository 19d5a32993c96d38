"""What is done about accounts beside the request: ids only, and each may come twice."""

from webui.accounts.models import User
from webui.celery import app


@app.task(name="accounts.tell_of_sign_up")
def tell_of_sign_up(person_id: int) -> None:
    from webui.accounts.hooks.sending import tell_all

    if person := User.objects.filter(pk=person_id).first():
        tell_all(person)
