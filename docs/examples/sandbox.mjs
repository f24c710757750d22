// A test in another language against the sandbox: Node 18 or later, and no package.
// It runs with the FINICITY_* variables, as in: finicity-async sandbox -- node docs/examples/sandbox.mjs

const { FINICITY_BASE_URL, FINICITY_APP_KEY, FINICITY_PARTNER_ID, FINICITY_PARTNER_SECRET } = process.env;

async function call(method, path, body, headers = {}) {
  const response = await fetch(FINICITY_BASE_URL + path, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

// The vendor's interface: a token, then accounts.
async function logIn() {
  const secret = { partnerId: FINICITY_PARTNER_ID, partnerSecret: FINICITY_PARTNER_SECRET };
  const key = { "Finicity-App-Key": FINICITY_APP_KEY };
  const { body } = await call("POST", "/aggregation/v2/partners/authentication", secret, key);
  return { ...key, "Finicity-App-Token": body.token };
}

const accounts = (headers) => call("GET", "/aggregation/v1/customers/1005061234/accounts", undefined, headers);

// The admin interface of the sandbox: it needs no token.
const admin = (method, path, body) => call(method, `/__sandbox__${path}`, body);

const headers = await logIn();
console.log("accounts:", (await accounts(headers)).body.accounts.length);

const { body: added } = await admin("POST", "/faults", [{ fault: "status", status: 503, first: 1 }]);
console.log("with a fault:", (await accounts(headers)).status);
console.log("the next time:", (await accounts(headers)).status);
await admin("DELETE", `/faults/${added.faults[0].id}`);

await admin("POST", "/clock/advance", { seconds: 2 * 60 * 60 });
const expired = await accounts(headers);
console.log("two hours later:", expired.status, expired.body.message);

const { body: journal } = await admin("GET", "/calls?operation=GetCustomerAccounts");
for (const { status, code, faults } of journal.calls) {
  console.log("journal:", status, code ?? "-", faults.map((one) => one.fault).join() || "-");
}
