// Holds the README's table of hosts to docs/hosts.json, and that to the list of hosts: a host that was
// added is in the table, and none ran fewer tests than the first. Runs no host.
// `npm run hosts -- --write` brings both up to date.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hosts } from "../scripts/hosts/list.mjs";
import {
  type HostMatrix,
  type HostRow,
  jsonPath,
  markers,
  matrixOf,
  table,
} from "../scripts/hosts/table.mjs";
import { root } from "./harness/source-tree.js";

const matrix = JSON.parse(readFileSync(jsonPath, "utf8")) as HostMatrix;
const listed = hosts.flatMap(({ rows }) => rows);

describe("the table of hosts", () => {
  test("is what docs/hosts.json says", () => {
    const section = markers.exec(readFileSync(join(root, "README.md"), "utf8"))?.[0] ?? "";
    expect(section).toBe(`<!-- hosts -->\n${table(matrix)}<!-- /hosts -->`);
  });

  test("has every host of the list, in its order", () => {
    expect(matrix.hosts.map(({ name }) => name)).toEqual(listed.map(({ name }) => name));
  });

  test("sums what its rows say", () => {
    expect(matrix).toEqual(matrixOf(matrix.hosts));
  });

  test("promises no host that failed, and names the version of each", () => {
    for (const { name, version, groups } of matrix.hosts) {
      expect(
        Object.values(groups).filter(({ failed }) => failed > 0),
        name,
      ).toEqual([]);
      expect(version, name).toMatch(/^\d/);
    }
  });

  test("shows that every host ran as many tests as the first", () => {
    const ran = ({ groups }: HostRow) =>
      Object.fromEntries(
        Object.entries(groups).map(([group, { passed, skipped }]) => [group, passed + skipped]),
      );
    for (const row of matrix.hosts) expect(ran(row), row.name).toEqual(ran(matrix.hosts[0]!));
  });

  test("gives every skip the name of a capability that its host is known to lack", () => {
    for (const { name, groups, skips = {} } of matrix.hosts) {
      const lacks = listed.find((row) => row.name === name)?.lacks ?? [];
      expect(
        Object.keys(skips).filter((why) => !lacks.includes(why)),
        name,
      ).toEqual([]);
      const told = Object.values(skips).reduce((sum, count) => sum + count, 0);
      expect(
        Object.values(groups).reduce((sum, { skipped }) => sum + skipped, 0),
        name,
      ).toBe(told);
    }
  });
});
