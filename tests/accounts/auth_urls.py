"""A small API behind the project's two ways to authenticate, one endpoint of each colour."""

from django.urls import path
from ninja import NinjaAPI

from webui.accounts.auth import key_auth, session_auth
from webui.urls import urlpatterns as project

api = NinjaAPI(urls_namespace="auth-test", auth=[key_auth, session_auth], docs_url=None, openapi_url=None)


@api.get("/sync")
def read(request):
    return {"email": request.auth.email}


@api.get("/async")
async def aread(request):
    return {"email": request.auth.email}


@api.post("/sync")
def write(request):
    return {"email": request.auth.email}


@api.post("/async")
async def awrite(request):
    return {"email": request.auth.email}


urlpatterns = [path("try/", api.urls), *project]
