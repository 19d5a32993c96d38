"""Signing in, the first administrator, a person's own page, the language switch."""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from webui.accounts import invited, language, profile, sessions, setup, views
from webui.accounts.oidc import views as oidc

urlpatterns = [
    path("accounts/login/", views.LoginView.as_view(), name="account_login"),
    path("accounts/logout/", views.LogoutView.as_view(), name="account_logout"),
    path("accounts/signup/", views.SignupView.as_view(), name="account_signup"),
    path("accounts/waiting/", views.waiting, name="account_waiting"),
    path("accounts/inactive/", views.inactive, name="account_inactive"),
    path("accounts/password/change/", allauth_views.password_change, name="account_change_password"),
    path("accounts/password/reset/", views.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "accounts/password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("accounts/reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/oidc/<int:provider_id>/", oidc.leave, name="oidc_login"),
    path("accounts/oidc/<int:provider_id>/callback/", oidc.come_back, name="oidc_callback"),
    path("account/identities/<int:identity_id>/disconnection/", oidc.disconnect, name="identity_disconnection"),
    path("accounts/confirm-email/", views.mail_sent, name="account_email_verification_sent"),
    path("accounts/confirm-email/<str:key>/", allauth_views.confirm_email, name="account_confirm_email"),
    path("invitation/<str:token>/", invited.invited, name="invitation"),
    path("setup/<str:token>/", setup.setup, name="setup"),
    path("account/", profile.account, name="account"),
    path("account/sessions/", sessions.sessions, name="account_sessions"),
    path("account/sessions/end/", sessions.end_others, name="account_sessions_end"),
    path("account/sessions/<int:session_number>/end/", sessions.end_one, name="account_session_end"),
    path("account/keys/", profile.create_key, name="account_keys"),
    path("account/keys/<int:pk>/revocation/", profile.revoke_key, name="account_key_revocation"),
    path("i18n/setlang/", language.set_language, name="set_language"),
]
