// Calls of the Node client for the tests: a JSON line in, a JSON line out.
import { createInterface } from "node:readline";

const { Client, QsmsError, verifySignature } = await import(process.argv[2]);

const told = (sent) => ({
  state: sent.state, mobile: sent.mobile, message_id: sent.messageId, client_ref: sent.clientRef,
  code: sent.code, description: sent.description, cost: sent.cost,
});

async function made(asked) {
  if (asked.op === "verify") {
    const { tolerance, now } = asked;
    return verifySignature(asked.header, asked.body, asked.secret, { tolerance, now });
  }
  const { base_url, api_key, account_url, ...others } = asked.client;
  const client = new Client(base_url, api_key, { accountUrl: account_url, ...others });
  const given = asked.options ?? {};
  const options = {
    sender: given.sender, clientRef: given.client_ref, dateSend: given.date_send,
    idempotencyKey: given.idempotency_key,
  };
  switch (asked.op) {
    case "send_one":
      return told(await client.sendOne(asked.mobile, asked.message, options));
    case "send_many": {
      const texts = asked.texts.map(({ mobile, message, client_ref }) => ({ mobile, message, clientRef: client_ref }));
      return (await client.sendMany(texts, options)).map(told);
    }
    case "add_contacts":
      return client.addContacts(asked.group, asked.contacts);
    case "launch_campaign": {
      const { name, group, text, kind } = asked;
      return client.launchCampaign({ name, group, text, kind, ...given });
    }
    case "campaign_status":
      return client.campaignStatus(asked.id);
    case "message_status":
      return client.messageStatus(asked.id);
    case "balance":
      return client.balance();
    case "call":
      return client.call(asked.method, asked.path, asked.body);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = { result: (await made(JSON.parse(line))) ?? null };
  } catch (error) {
    if (!(error instanceof QsmsError)) throw error;
    const { code, message, fields, status } = error;
    said = { error: { kind: error.name.toLowerCase(), code, message, fields, status } };
  }
  console.log(JSON.stringify(said));
}
