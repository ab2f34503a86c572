/** What the two test runners report, as far as it is told again at the end of everything. */

export interface Mishap {
  /** `Unsteady`: it passed when it was run again. */
  readonly kind: 'Failed' | 'Unsteady';
  readonly test: string;
  /** The beginning of what the runner says of it. */
  readonly why: string;
}

/** Vitest's. */
export interface UnitReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Playwright's. */
export interface AppReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
  readonly suites: readonly AppSuite[];
}

interface AppSuite {
  readonly title: string;
  readonly suites?: readonly AppSuite[];
  readonly specs: readonly {
    readonly title: string;
    readonly tests: readonly {
      readonly status: string;
      readonly results: readonly { readonly errors: readonly { readonly message?: string }[] }[];
    }[];
  }[];
}

export function mishapsOfUnits({ testResults }: UnitReport): readonly Mishap[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && failed.length === 0) {
      return [{ kind: 'Failed' as const, test: name, why: beginning([message]) }];
    }
    return failed.map(({ fullName, failureMessages }) => ({
      kind: 'Failed' as const,
      test: `${name} › ${fullName}`,
      why: beginning(failureMessages),
    }));
  });
}

export function mishapsOfApp({ suites }: Pick<AppReport, 'suites'>, path = ''): readonly Mishap[] {
  return suites.flatMap(({ title, suites: inner = [], specs }) => {
    const here = path ? `${path} › ${title}` : title;
    const own = specs.flatMap((spec) =>
      spec.tests
        .filter(({ status }) => status === 'unexpected' || status === 'flaky')
        .map(({ status, results }) => ({
          kind: status === 'flaky' ? ('Unsteady' as const) : ('Failed' as const),
          test: `${here} › ${spec.title}`,
          why: beginning(results.flatMap(({ errors }) => errors.map(({ message = '' }) => message))),
        })),
    );
    return [...own, ...mishapsOfApp({ suites: inner }, here)];
  });
}

const longest = 1500;

function beginning(messages: readonly string[]): string {
  const [first = 'It says nothing.'] = messages;
  return first.length > longest ? `${first.slice(0, longest)}…` : first;
}
