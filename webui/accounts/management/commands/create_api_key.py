"""`manage.py create_api_key EMAIL [--name N]`: prints a new key, and nothing else, on standard output."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from webui.accounts.models import ApiKey, User
from webui.audit.entries import command


class Command(BaseCommand):
    help = "Makes an API key for a person and prints it, once. Only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--name", default="command line", help="what the key is for, shown in the list of keys")

    def handle(self, *args: object, email: str, name: str, **options: object) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"There is no account with the e-mail address {email}.")
        if not user.is_active:
            raise CommandError(f"The account {email} may not sign in, so a key for it would open nothing.")
        begun = command.set("manage.py create_api_key")
        _key, text = ApiKey.issue(user, name[:100])
        command.reset(begun)
        self.stdout.write(text)
