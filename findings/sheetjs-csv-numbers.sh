#!/usr/bin/env bash
# SheetJS makes CSV, a web page and objects of a sheet with phone numbers. What is left of them?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund xlsx@0.18.5 > /dev/null
cat > numbers.js <<'JAVASCRIPT'
const xlsx = require("xlsx");
const people = [["Phone", "At home", "Balance"], [254712345678, 712345678, 12345678901], [254712399999, 712399999, 5000.4]];
const book = xlsx.utils.book_new();
xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(people), "People");
const sheet = xlsx.read(xlsx.write(book, {type: "buffer", bookType: "xlsx"})).Sheets.People;
const csv = xlsx.utils.sheet_to_csv(sheet).trim().split("\n").slice(1);
const page = [...xlsx.utils.sheet_to_html(sheet).matchAll(/data-v="(\d+)" id="sjs-A\d">([^<]*)</g)].map((cell) => cell.slice(1));
const objects = xlsx.utils.sheet_to_json(sheet, {raw: false}).map((one) => one.Phone);
const raw = xlsx.utils.sheet_to_csv(sheet, {rawNumbers: true}).trim().split("\n").slice(1);
console.log("SheetJS", xlsx.version);
console.log("CSV:                  ", csv.join(" | "));
console.log("web page, held, shown:", page.join(" | "));
console.log("objects, formatted:   ", objects.join(" | "));
console.log("CSV with rawNumbers:  ", raw.join(" | "));
const seen =
  csv[0] === "2.54712E+11,712345678,12345678901" && csv[1] === "2.54712E+11,712399999,5000.4" &&
  page[0].join() === "254712345678,2.54712E+11" && objects.every((one) => one === "2.54712E+11") &&
  raw[0] === "254712345678,712345678,12345678901" && raw[1].startsWith("254712399999,");
console.log(seen ? "as described" : "OTHERWISE THAN DESCRIBED");
process.exit(seen ? 0 : 1);
JAVASCRIPT
node numbers.js
