// Pages about accounts: passkeys, sign-in providers, invitations, the audit log.
import "../css/components/access.css";
import "../css/components/accounts.css";
import { wirePasskeys } from "../accounts/passkeys.ts";

wirePasskeys();
