// @ts-check
/**
 * Send texts by the QSMS Portal, or by the Q SMS gateway for what it has. Needs Node 18 and nothing else.
 *
 *     const client = new Client("https://portal.example.co.ke", "qsms_live_...", { sender: "NAKURUSACCO" });
 *     console.log(await client.sendOne("254712345678", "Your parcel is here."));
 *
 * A call is made again only where nothing came of it: no connection could be made, or the answer was 429 with
 * `Retry-After`, 503 with `Retry-After` or 503 with the code 1005. After a broken connection or a time that ran out,
 * only what a repeat cannot do twice is asked again: what only reads, and the POSTs of `/v1/`, which carry an
 * `Idempotency-Key` that stays the same over the tries of one call.
 * @module
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/**
 * A text to be sent; `clientRef` is your own name for it, and comes back with its result.
 * @typedef {{mobile: string, message: string, clientRef?: string}} Text
 */

/**
 * What became of one text. `state`: accepted, refused (it was not sent and will not be), or uncertain (nobody knows: do
 * not send it again, ask `messageStatus` for its `messageId`, which is empty where none came). `cost` is in credits.
 * @typedef {object} Sent
 * @property {"accepted" | "refused" | "uncertain"} state
 * @property {string} mobile
 * @property {string} messageId
 * @property {string} clientRef
 * @property {string} code
 * @property {string} description
 * @property {number | null} cost
 */

/**
 * What an answer says of one text.
 * @typedef {Record<string, unknown>} Item
 */

/** A call that did not do what was asked. */
export class QsmsError extends Error {
  /**
   * @param {string} code the answer's own word or number, such as `over_limit` or `1006`; empty without an answer
   * @param {string} message what it said, in words
   * @param {Record<string, unknown>} [fields] what was wrong, by the name of the field or parameter
   * @param {number} [status] the HTTP status, 0 without an answer
   */
  constructor(code, message, fields = {}, status = 0) {
    super(message);
    this.name = this.constructor.name;
    this.code = code;
    this.fields = fields;
    this.status = status;
  }
}

/** The answer said no: nothing was sent or changed. `code` says what to mend. */
export class Refused extends QsmsError {}

/** No connection could be made: nothing was sent or changed. Call again later. */
export class Unreachable extends QsmsError {}

/**
 * The request went out, and no answer came that can be understood: it may have been done. Look before you call again,
 * or call again with the same `idempotencyKey` where the portal is asked.
 */
export class Unanswered extends QsmsError {}

/** Calls of one account. */
export class Client {
  /**
   * @param {string} baseUrl where `/api/sms/...` is: your portal, or the gateway's sending host
   * @param {string} apiKey a key of Settings, API keys
   * @param {object} [options]
   * @param {string} [options.accountUrl] where `/v1/...` is, if that is another host, as with the gateway
   * @param {string} [options.sender] the sender ID where a call names none
   * @param {string} [options.serviceId]
   * @param {number} [options.timeout] seconds for a whole call; the portal answers a text within 25
   * @param {number} [options.retries] how often a call of which nothing came is made again
   * @param {number} [options.longestWait] seconds; where `Retry-After` says more, the call is not made again
   */
  constructor(baseUrl, apiKey, options = {}) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.accountUrl = (options.accountUrl || baseUrl).replace(/\/+$/, "");
    this.apiKey = apiKey;
    this.sender = options.sender ?? "";
    this.serviceId = options.serviceId ?? "0";
    this.timeout = options.timeout ?? 60;
    this.retries = options.retries ?? 3;
    this.longestWait = options.longestWait ?? 60;
  }

  /**
   * Send one text; `dateSend` ("2026-12-04 09:00:00", Nairobi) lets it wait.
   * @param {string} mobile
   * @param {string} message
   * @param {{sender?: string, clientRef?: string, dateSend?: string, idempotencyKey?: string}} [options]
   * @returns {Promise<Sent>} accepted or uncertain
   * @throws {Refused} 1003 the number, 1012 opted out, ...
   * @throws {Unreachable | Unanswered}
   */
  async sendOne(mobile, message, options = {}) {
    const { clientRef = "", dateSend = "" } = options;
    const body = {
      api_key: this.apiKey, service_id: this.serviceId, mobile, response_type: "json",
      shortcode: options.sender || this.sender, message, date_send: dateSend,
      ...(clientRef && { client_ref: clientRef }),
    };
    const { status, answer } = await this.#ask("POST", `${this.baseUrl}/api/sms/sendsms`, body, options.idempotencyKey);
    const sent = result(items(status, answer)[0], { mobile, message, clientRef });
    if (sent.state === "refused") throw new Refused(sent.code, sent.description, {}, status);
    if (sent.state === "uncertain" && !sent.messageId) throw unanswered(status);
    return sent;
  }

  /**
   * Send up to 1,000 texts in one call.
   * @param {Text[]} texts
   * @param {{sender?: string, dateSend?: string, idempotencyKey?: string}} [options]
   * @returns {Promise<Sent[]>} a result for each, in their order
   * @throws {Refused} where the call as a whole was refused
   * @throws {Unreachable | Unanswered}
   */
  async sendMany(texts, options = {}) {
    const messages = texts.map(({ mobile, message, clientRef }) => ({
      mobile, message, ...(clientRef && { client_ref: clientRef }),
    }));
    const body = {
      api_key: this.apiKey, serviceId: this.serviceId, from: options.sender || this.sender,
      date_send: options.dateSend ?? "", messages,
    };
    const url = `${this.baseUrl}/api/sms/sendmultiple`;
    const { status, answer } = await this.#ask("POST", url, body, options.idempotencyKey);
    return matched(texts, items(status, answer));
  }

  /**
   * Add and update up to 10,000 contacts. The group is made where needed.
   * @param {string} group
   * @param {Array<{phone: string, name?: string, [field: string]: unknown}>} contacts
   * @returns {Promise<{group: string, created: number, updated: number, unchanged: number, duplicates: number,
   *   rejected: Array<{index: number, phone: string, error: string}>}>}
   * @throws {QsmsError}
   */
  async addContacts(group, contacts) {
    return this.call("POST", "/v1/contacts", { group, contacts });
  }

  /**
   * Make a campaign and launch it at once, or at `send_at`.
   * @param {{name: string, group: string, text: string, kind: "transactional" | "promotional",
   *   [option: string]: unknown}} campaign and whatever else `POST /v1/campaigns` takes; `launch: false`: only a draft
   * @returns {Promise<{id: number, status: string, run: object | null, totals: Record<string, number>,
   *   [field: string]: unknown}>}
   * @throws {QsmsError}
   */
  async launchCampaign(campaign) {
    return this.call("POST", "/v1/campaigns", { launch: true, ...campaign });
  }

  /**
   * The campaign with its `status`, its latest `run` and its `totals`.
   * @param {number} id
   * @returns {Promise<{id: number, status: string, run: object | null, totals: Record<string, number>,
   *   [field: string]: unknown}>}
   * @throws {QsmsError}
   */
  async campaignStatus(id) {
    return this.call("GET", `/v1/campaigns/${id}`);
  }

  /**
   * What became of a text: queued, sent, delivered, failed or uncertain (of the gateway also pending).
   * @param {string | number} id
   * @returns {Promise<{status: string, delivered_at?: string | null, reason?: string | null,
   *   [field: string]: unknown}>}
   * @throws {QsmsError}
   */
  async messageStatus(id) {
    return this.call("GET", `/v1/messages/${encodeURIComponent(id)}`);
  }

  /**
   * What is left of the account. The portal writes money as texts ("4200.00"), the gateway as numbers.
   * @returns {Promise<{balance_kes: string | number, sms_remaining: number, rate_per_sms: string | number,
   *   as_of?: string}>}
   * @throws {QsmsError}
   */
  async balance() {
    return this.call("GET", "/v1/balance");
  }

  /**
   * Any call of `/v1/`.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {{query?: Record<string, string | number>, key?: string}} [options] `key`: the `Idempotency-Key` of a POST;
   *   a new one where none is given
   * @returns {Promise<any>} its JSON, null for 204
   * @throws {Refused | Unreachable | Unanswered}
   */
  async call(method, path, body, options = {}) {
    const url = new URL(this.accountUrl + path);
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, String(value));
    const key = options.key || (method === "POST" ? randomUUID() : "");
    const isSafe = method === "GET" || method === "POST";
    const { status, answer } = await this.#ask(method, url.href, body, key, isSafe);
    check(status, answer);
    const code = text(answer, "status_code");
    if (!["", "1", "1000"].includes(code)) throw new Refused(code, text(answer, "status_desc"), {}, status);
    return answer;
  }

  /**
   * HTTP status and JSON (null where it is none); asked again where nothing came of it, or where `isSafe`.
   * @param {string} method
   * @param {string} url
   * @param {unknown} body
   * @param {string} [key]
   * @param {boolean} [isSafe]
   * @returns {Promise<{status: number, answer: any}>}
   */
  async #ask(method, url, body, key = "", isSafe = false) {
    // A connection of its own each time: one that was kept may have been closed at the other end.
    const headers = {
      Authorization: `Bearer ${this.apiKey}`, "Content-Type": "application/json", Connection: "close",
      ...(key && { "Idempotency-Key": key }),
    };
    for (let tried = 0; ; tried++) {
      let wait = 2 ** tried;
      let response, answer;
      try {
        response = await fetch(url, {
          method, headers, redirect: "manual", signal: AbortSignal.timeout(this.timeout * 1000),
          body: body === undefined ? undefined : JSON.stringify(body),
        });
        answer = json(await response.text());
      } catch (/** @type {any} */ error) {
        const unmade = wasNeverMade(error);
        if (tried < this.retries && (unmade || isSafe)) {
          await sleep(wait);
          continue;
        }
        throw new (unmade ? Unreachable : Unanswered)("", String(error.cause?.message || error.message));
      }
      const after = seconds(response.headers.get("retry-after"));
      const { status } = response;
      const again = status === 503 && text(answer, "status_code") === "1005";
      if (tried < this.retries && (again || (after !== null && (status === 429 || status === 503)))) {
        if ((after ?? 0) <= this.longestWait) {
          await sleep(after ?? wait);
          continue;
        }
      }
      return { status, answer };
    }
  }
}

/**
 * Whether a callback is the portal's.
 * @param {string | undefined} header its `QSMS-Signature`
 * @param {Buffer | string} body the bytes as they came
 * @param {string} secret
 * @param {{tolerance?: number, now?: number}} [options] seconds that the time in the header may lie before or after
 *   `now` (300), which is in seconds
 * @returns {boolean}
 */
export function verifySignature(header, body, secret, { tolerance = 300, now = Date.now() / 1000 } = {}) {
  const parts = (header ?? "").split(",").map((part) => part.trim().split("="));
  const times = parts.filter(([name]) => name === "t").map(([, value]) => value);
  if (!secret || times.length !== 1 || !/^\d{1,15}$/.test(times[0])) return false;
  if (Math.abs(now - Number(times[0])) > tolerance) return false;
  const expected = createHmac("sha256", secret).update(`${times[0]}.`).update(body).digest("hex");
  const known = Buffer.from(expected);
  return parts
    .filter(([name]) => name === "v1")
    .map(([, value]) => Buffer.from(value ?? ""))
    .some((given) => given.length === known.length && timingSafeEqual(given, known));
}

const NEVER_MADE = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

/**
 * fetch tells in its error's cause where it failed; several addresses of a host fail together.
 * @param {any} error
 */
function wasNeverMade(error) {
  /** @type {any[]} */
  const causes = error?.cause?.errors ?? [error?.cause];
  return causes.every((cause) => NEVER_MADE.includes(cause?.code) || cause?.syscall === "connect");
}

/** @param {number} status */
function unanswered(status) {
  return new Unanswered("", "The answer does not say whether it was done.", {}, status);
}

/**
 * Raises what an answer says that did not do what was asked, in the shape of `/v1/` or in none.
 * @param {number} status
 * @param {any} answer
 */
function check(status, answer) {
  const error = answer?.error;
  if ([500, 502, 504].includes(status) || (status !== 204 && status < 300 && answer === null)) throw unanswered(status);
  if (error && typeof error === "object") {
    throw new Refused(text(error, "code"), text(error, "message"), error.fields ?? {}, status);
  }
  if (status >= 300) {
    const Kind = status >= 500 ? Unanswered : Refused;
    throw new Kind(String(status), String(error || "The answer says no more than this."), {}, status);
  }
}

/**
 * What was said of each text: a list, a list in an object, or one object. Raises where the whole call failed.
 * @param {number} status
 * @param {any} answer
 * @returns {Item[]}
 */
function items(status, answer) {
  const inside = ["schedule_details", "messages", "responses", "data"].find((name) => answer?.[name] !== undefined);
  let found = inside ? answer[inside] : answer;
  if (!inside && text(answer, "message_id")) found = [answer];
  if (Array.isArray(found) && found.length && found.every((item) => item && typeof item === "object")) return found;
  const code = text(answer, "status_code");
  if (refuses(code)) throw new Refused(code, text(answer, "status_desc"), {}, status);
  check(status, answer);
  throw unanswered(status);
}

/**
 * Each text's result: by `clientRef`, by mobile, by place where neither is told. What is not told is uncertain.
 * @param {Text[]} texts
 * @param {Item[]} found
 */
function matched(texts, found) {
  const left = [...found];
  const byPlace = found.length === texts.length && !found.some((item) => text(item, "client_ref") || mobileOf(item));
  return texts.map((asked) => {
    const place = left.findIndex((item) => byPlace || isOf(item, asked));
    const [item] = place < 0 ? [{}] : left.splice(place, 1);
    return result(item, asked);
  });
}

/**
 * @param {Item} item
 * @param {Text} asked
 */
function isOf(item, asked) {
  const told = text(item, "client_ref");
  return told && asked.clientRef ? told === asked.clientRef : tail(mobileOf(item)) === tail(asked.mobile);
}

/**
 * @param {Item} item
 * @param {Text} asked
 * @returns {Sent}
 */
function result(item, asked) {
  const scheduled = text(item, "schedule_status");
  const code = text(item, "status_code") || (/^(1|success)$/i.test(scheduled) ? "1000" : scheduled);
  const id = text(item, "message_id");
  const cost = Number.parseFloat(text(item, "message_cost"));
  return {
    state: ["1", "1000"].includes(code) ? "accepted" : refuses(code) ? "refused" : "uncertain",
    mobile: mobileOf(item) || asked.mobile,
    messageId: id === "0" ? "" : id,
    clientRef: text(item, "client_ref") || asked.clientRef || "",
    code,
    description: text(item, "schedule_desc") || text(item, "status_desc"),
    cost: Number.isNaN(cost) ? null : cost,
  };
}

/**
 * The vendor's codes that say no; of any other nobody knows what it means.
 * @param {string} code
 */
function refuses(code) {
  return /^\d{4}$/.test(code) && Number(code) >= 1001 && Number(code) <= 1016;
}

/** @param {Item} item */
function mobileOf(item) {
  return text(item, "mobile") || text(item, "mobile_number");
}

/**
 * What 0712345678, +254 712 345 678 and 254712345678 have in common.
 * @param {string} mobile
 */
function tail(mobile) {
  return String(mobile).replace(/\D/g, "").slice(-9);
}

/**
 * @param {any} told
 * @param {string} name
 */
function text(told, name) {
  return String(told?.[name] ?? "");
}

/** @param {string} body */
function json(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/**
 * Of seconds or of a date; null where it is neither.
 * @param {string | null} retryAfter
 */
function seconds(retryAfter) {
  if (retryAfter === null) return null;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}

/** @param {number} wait seconds */
function sleep(wait) {
  return new Promise((resolve) => setTimeout(resolve, wait * 1000));
}
