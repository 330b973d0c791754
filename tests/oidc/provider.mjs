// An OpenID provider on loopback. Its people stand in a file, read at each question: {"name": {"groups": [...], ...}}.
// Usage: node provider.mjs MODULES PEOPLE PORTAL; prints its port.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [modules, people, portal] = process.argv.slice(2);
const found = createRequire(`${modules}/package.json`).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(found));

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const { port } = server.address();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "portal",
    client_secret: "a secret: of 100% letters",
    redirect_uris: [`${portal}/sign-in/oidc/callback`],
    post_logout_redirect_uris: [`${portal}/sign-in`],
  }],
  claims: {
    openid: ["sub"],
    profile: ["name", "given_name", "family_name", "preferred_username"],
    email: ["email", "email_verified"],
    groups: ["groups"],
  },
  scopes: ["openid", "groups"],
  pkce: { required: () => true },
  async findAccount(_, sub) {
    return { accountId: sub, claims: () => ({ sub, ...JSON.parse(readFileSync(people, "utf8"))[sub] }) };
  },
  features: {
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = `<!DOCTYPE html><title>Out</title>${form}
          <button form="op.logoutForm" value="yes" name="logout">Yes, sign me out</button>`;
      },
    },
  },
});
server.on("request", provider.callback());
console.log(port);
// Ends with whoever started it.
process.stdin.resume().on("end", () => process.exit());
