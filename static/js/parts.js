// Parts of a text, counted as campaigns/gsm.py counts them; both are tested with tests/pure/parts_vectors.json.
const Parts = (() => {
  const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const EXTENDED = new Set("\f^{}\\[~]|€");

  // Whether a character costs more than one unit, or makes the whole text cost more.
  const costsMore = (char) => !BASIC.has(char);

  function count(text) {
    const chars = Array.from(text);
    const gsm = chars.every((char) => BASIC.has(char) || EXTENDED.has(char));
    const unitsOf = (char) => (gsm ? (EXTENDED.has(char) ? 2 : 1) : char.length);
    const [one, each] = gsm ? [160, 153] : [70, 67];
    const encoding = gsm ? "GSM-7" : "UCS-2";
    const units = chars.reduce((sum, char) => sum + unitsOf(char), 0);
    if (units <= one) return { encoding, units, parts: units ? 1 : 0, left: one - units };
    let parts = 1, used = 0;
    for (const char of chars) {
      if (used + unitsOf(char) > each) { parts += 1; used = 0; }
      used += unitsOf(char);
    }
    return { encoding, units, parts, left: each - used };
  }

  return { count, costsMore };
})();
