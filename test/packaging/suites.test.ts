// What the matrix of hosts needs of dist/: the suites find in it all that they import. Its modules export only
// what others of them use, so a suite may ask for more than was built, which `npm run hosts` would tell late.
import { expect, test } from "vitest";
import { bundleHost } from "../../scripts/hosts/bundle.mjs";

test("every suite finds in the built package what it imports", async () => {
  const conditions = ["workerd", "worker", "browser"];
  const options = { as: "suites-test", url: "", part: "suites", conditions };
  await expect(bundleHost("workerd", options)).resolves.toMatch(/suites-test\.mjs$/);
});
