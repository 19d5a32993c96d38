// What of a question may be worth remembering: the person's own words about themselves, found without any model. Pure.

const LONGEST = 300;
/** "Remember that …" and its like: what stands behind it. */
const ASKED = [
  /^\s*(?:please\s+)?(?:remember|keep in mind|note)(?:\s+that\b|\s*[:,])\s*(.+)$/i,
  /^\s*(?:请|請)?(?:你)?(?:帮我|幫我)?(?:记住|記住|记一下|記一下)\s*[：:，,]?\s*(.+)$/,
];
/** A sentence in which somebody says something lasting about themselves. */
const SAID = [
  /\b(?:my name is|(?:please )?call me|i(?:'m| am) (?:called|allergic to|a vegetarian|a vegan)|i (?:always|never|usually) (?:write|use|work|want|eat|drink)|i prefer|i live in|i work (?:as|at|for|in)|my (?:job|role|birthday|time ?zone|native language|mother tongue|favou?rite [\w ]{2,30}) is)\b/i,
  /(?:我叫|我的名字(?:是|叫)|请叫我|請叫我|我(?:更)?喜欢用|我偏好|我住在|我的(?:职业|工作|生日|母语|时区|岗位)是|我对[^。！？]{1,20}过敏)/,
];

/** The line to be proposed, '' when there is none. Questions are none. */
export function proposalIn(text: string): string {
  const sentences = text.split(/(?<=[.!?])\s+|(?<=[。！？])|\n/).map((one) => one.trim()).filter(Boolean);
  for (const sentence of sentences.slice(0, 40)) {
    if (/[?？]["'”’)]*$/.test(sentence)) continue;
    const asked = ASKED.map((pattern) => pattern.exec(sentence)?.[1]).find(Boolean);
    const found = asked ?? (SAID.some((pattern) => pattern.test(sentence)) ? sentence : "");
    const line = found.replace(/\s+/g, " ").trim();
    if (line.length >= 3 && line.length <= LONGEST) return line.charAt(0).toUpperCase() + line.slice(1);
  }
  return "";
}
