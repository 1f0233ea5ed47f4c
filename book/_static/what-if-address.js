// The state of the reader's own analysis as an address, after #what-if?, so that it can be sent: the
// ids of outcome, measure, method and test, and the studies that are left out.

const whatIfAddress = (() => {
  const PREFIX = "#what-if?";
  const NAMES = ["outcome", "measure", "method", "test", "without"];

  const asks = (hash) => hash.startsWith(PREFIX);

  function write({ outcome, measure, method, test, without }) {
    const parts = new URLSearchParams({ outcome: outcome.id, measure, method, test });
    if (without.size) parts.set("without", [...without].sort().join(" "));
    return PREFIX + parts;
  }

  // The state that an address asks for, and what of it is not known among the `outcomes`. `shown` is
  // the outcome where none is named, `usual` the state that an outcome starts from.
  function read(hash, outcomes, shown, usual) {
    const asked = new URLSearchParams(hash.slice(PREFIX.length));
    const unknown = [];
    const choose = (name, allowed, otherwise) => {
      const given = asked.get(name);
      if (given === null || allowed.includes(given)) return given ?? otherwise;
      unknown.push(`${name} ${given}`);
      return otherwise;
    };
    const found = usual(outcomes.get(choose("outcome", [...outcomes.keys()], shown)));
    found.measure = choose("measure", found.outcome.measures.map(({ name }) => name), found.measure);
    found.method = choose("method", reviewStatistics.METHODS, found.method);
    found.test = choose("test", reviewStatistics.TESTS, found.test);
    const known = new Set(found.outcome.studies.map(({ slug }) => slug));
    for (const slug of (asked.get("without") ?? "").split(" ").filter(Boolean)) {
      if (known.has(slug)) found.without.add(slug);
      else unknown.push(`study ${slug}`);
    }
    for (const name of asked.keys()) if (!NAMES.includes(name)) unknown.push(name);
    return { found, unknown };
  }

  return { asks, write, read };
})();
