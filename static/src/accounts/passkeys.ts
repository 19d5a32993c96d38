// Forms that a passkey fills in: the browser's dialogue opens when the form is sent, and what it gives is sent along.

type Json = Record<string, unknown>;

export function wirePasskeys(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void fillIn(form);
    });
  }
}

async function fillIn(form: HTMLFormElement): Promise<void> {
  const problem = form.querySelector<HTMLElement>("[data-passkey-problem]");
  if (problem) problem.textContent = "";
  if (!window.PublicKeyCredential) {
    if (problem) problem.textContent = form.dataset["missing"] ?? "";
    return;
  }
  try {
    const field = form.elements.namedItem("credential") as HTMLInputElement;
    field.value = JSON.stringify(form.dataset["passkey"] === "create" ? await create(form) : await get(form));
    form.submit(); // past the listener
  } catch (reason) {
    console.warn("passkey:", reason);
    if (problem) problem.textContent = form.dataset["failed"] ?? "";
  }
}

async function create(form: HTMLFormElement): Promise<Json> {
  const options = (await optionsOf(form))["creation_options"] as { publicKey: Json };
  const alone = (form.elements.namedItem("passwordless") as HTMLInputElement | null)?.checked ?? false;
  const wanted = options.publicKey;
  wanted["authenticatorSelection"] = {
    ...(wanted["authenticatorSelection"] as Json | undefined),
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone ? { userVerification: "required" } : {}),
  };
  const made = (await navigator.credentials.create({ publicKey: opened(wanted) as unknown as PublicKeyCredentialCreationOptions })) as PublicKeyCredential;
  return closed(made);
}

async function get(form: HTMLFormElement): Promise<Json> {
  const options = (await optionsOf(form))["request_options"] as { publicKey: Json };
  const given = (await navigator.credentials.get({ publicKey: opened(options.publicKey) as unknown as PublicKeyCredentialRequestOptions })) as PublicKeyCredential;
  return closed(given);
}

/** In the page, or asked for now: those of the sign-in page are made when somebody wants them. */
async function optionsOf(form: HTMLFormElement): Promise<Json> {
  const there = document.getElementById(form.dataset["options"] ?? "")?.textContent;
  if (there) return JSON.parse(there) as Json;
  const answer = await fetch(form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return (await answer.json()) as Json;
}

/** What the server wrote in base64url, as the bytes that the browser wants. */
function opened(options: Json): Json {
  const user = options["user"] as Json | undefined;
  const listed = (name: string) => ((options[name] as Json[] | undefined) ?? []).map((one) => ({ ...one, id: bytes(String(one["id"])) }));
  return {
    ...options,
    challenge: bytes(String(options["challenge"])),
    ...(user ? { user: { ...user, id: bytes(String(user["id"])) } } : {}),
    ...(options["excludeCredentials"] ? { excludeCredentials: listed("excludeCredentials") } : {}),
    ...(options["allowCredentials"] ? { allowCredentials: listed("allowCredentials") } : {}),
  };
}

function closed(credential: PublicKeyCredential): Json {
  const response = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const parts: Json = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) parts["attestationObject"] = text(response.attestationObject);
  if (response.authenticatorData) parts["authenticatorData"] = text(response.authenticatorData);
  if (response.signature) parts["signature"] = text(response.signature);
  if (response.userHandle) parts["userHandle"] = text(response.userHandle);
  if (typeof response.getTransports === "function") parts["transports"] = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: parts,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function bytes(coded: string): Uint8Array {
  const plain = atob(coded.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
