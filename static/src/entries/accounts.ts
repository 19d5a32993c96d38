// Pages about accounts: second factors, sign-in providers, invitations, the audit log.
import "../css/components/accounts.css";
