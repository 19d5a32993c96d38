"""`manage.py reset_second_step EMAIL`: for the administrator who lost the phone and has nobody to ask."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from webui.accounts import second_factor
from webui.accounts.models import User
from webui.audit.entries import command


class Command(BaseCommand):
    help = "Takes away somebody's second step, passkeys and recovery codes, and ends their sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")

    def handle(self, *args: object, email: str, **options: object) -> None:
        person = User.objects.filter(email__iexact=email.strip()).first()
        if person is None:
            raise CommandError(f"There is no account with the e-mail address {email}.")
        begun = command.set("manage.py reset_second_step")
        gone = second_factor.reset(person)
        command.reset(begun)
        if gone:
            self.stdout.write(f"{person.email} signs in with the password alone now, and is signed out everywhere.")
        else:
            self.stdout.write(f"{person.email} had no second step.")
