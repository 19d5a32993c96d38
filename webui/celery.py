"""The Celery application. The broker is only a bell: job state lives in database rows (knowledge/tasks.py)."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import (
    before_task_publish,
    task_prerun,
    worker_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")

from webui import request_ids
from webui.conf import conf

app = Celery("webui")
if conf.redis_url:
    app.conf.broker_url = conf.redis_url
    app.conf.broker_transport_options = {"visibility_timeout": 3600, "global_keyprefix": f"{conf.redis_prefix}:"}
else:
    queue = conf.data / "queue"
    queue.mkdir(parents=True, exist_ok=True)
    app.conf.broker_url = "filesystem://localhost"
    app.conf.broker_transport_options = {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(queue / "control"),
        "polling_interval": 0.1,
    }
app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    timezone="UTC",
)
app.autodiscover_tasks(["knowledge", "webui.accounts"])
# Only JSON is accepted from the broker, so the warning against working as root (in a container, say) does not apply.
warnings.filterwarnings("ignore", category=SecurityWarning)


@worker_init.connect
def _wait(**_: object) -> None:
    from webui.worker import wait_for_tables

    wait_for_tables()


@before_task_publish.connect
def _name(headers: dict[str, object], **_: object) -> None:
    """The task goes on under the name of the request that wanted it."""
    headers["request_id"] = request_ids.current()


@task_prerun.connect
def _begin(task_id: str, task: Any, **_: object) -> None:
    request_ids.begin(str(getattr(task.request, "request_id", "") or task_id))


@worker_ready.connect
def _trace(**_: object) -> None:
    """Its tasks, where traces are wanted."""
    if conf.traces_url:
        from webui import traces

        traces.trace_tasks()


@worker_ready.connect
def _started(**_: object) -> None:
    from webui.worker import started

    started()


@worker_shutting_down.connect
def _leaving(**_: object) -> None:
    from webui.worker import leaving

    leaving()


@worker_shutdown.connect
def _left(**_: object) -> None:
    from webui.worker import left

    left()
