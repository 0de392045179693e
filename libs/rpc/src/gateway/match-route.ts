import { HTTP_ROUTES, type HttpRoute } from '@taskflow/proto';

export interface RouteMatch {
  readonly route: HttpRoute;
  /** Still percent-encoded, by the field's JSON name. */
  readonly pathValues: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly route: HttpRoute;
  readonly expression: RegExp;
}

const PATTERNS: readonly Pattern[] = HTTP_ROUTES.map((route) => ({ route, expression: expressionOf(route.path) }));

/** The RPC behind a method and path; undefined when there is none. Values hold neither `/` nor `:`. */
export function matchRoute(method: string, path: string): RouteMatch | undefined {
  for (const { route, expression } of PATTERNS) {
    if (route.httpMethod !== method) continue;
    const match = expression.exec(path);
    if (match === null) continue;
    const values = route.pathFields.map((field, index): [string, string] => [field, match[index + 1] ?? '']);
    return { route, pathValues: Object.fromEntries(values) };
  }
  return undefined;
}

/** Methods under which a path is served. */
export function methodsOf(path: string): string[] {
  return PATTERNS.filter(({ expression }) => expression.test(path)).map(({ route }) => route.httpMethod);
}

function expressionOf(template: string): RegExp {
  const parts = template.split(/\{[^}]*\}/).map((literal) => literal.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('([^/:]+)')}$`);
}
