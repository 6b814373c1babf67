import type { WebAssets } from './assets.ts';
import {
  groupsOf,
  listOf,
  objectOf,
  textOf,
  type Answer,
  type ApiDocument,
  type Content,
  type Group,
  type Operation,
  type Parameter,
} from './api-document.ts';
import { exampleOf, fieldsOf, typeOf, type Field } from './api-schema.ts';
import { inline, jsonView, proseView } from './code-view.ts';
import { html, type Child, type Html } from './html.ts';
import { layout, siteHeader, wordmark } from './layout.ts';

/**
 * `/docs`: the OpenAPI document as one page to read, without a script: what there is at the left, each
 * operation with its fields, and beside it a call to copy and what comes back.
 */
export function apiDocsPage(document: ApiDocument, assets: WebAssets): Html {
  const info = objectOf(document['info']);
  const groups = groupsOf(document);
  const title = `${textOf(info['title'])} API`;
  const base = textOf(objectOf(listOf(document['servers'])[0])['url']);
  return layout({
    language: 'en',
    title,
    assets,
    kind: 'reference',
    skipLabel: 'Go to the reference',
    header: siteHeader('/docs'),
    main: html`<div class="reference-page">
      <div class="reference-head">
        <h1>${title} <span class="version">version ${textOf(info['version'])}</span></h1>
        <div class="lead">${proseView(textOf(info['description']))}</div>
        ${basics(document, base)}
      </div>
      <nav class="contents" aria-label="Operations">${groups.map(contents)}</nav>
      <div class="reference-body">${groups.map((group) => groupView(document, group, base))}</div>
    </div>`,
    footer: html`${wordmark()}
      <p>The same as a document for tools: <a href="/openapi.json">openapi.json</a></p>`,
  });
}

function contents(group: Group): Html {
  return html`<section>
    <h2><a href="#${tagAnchor(group)}">${group.tag}</a></h2>
    <ul>
      ${group.operations.map(
        (operation) =>
          html`<li>
            <a href="#${operation.anchor}"
              >${methodBadge(operation.method)} <span>${operation.summary}</span></a
            >
          </li>`,
      )}
    </ul>
  </section>`;
}

function tagAnchor(group: Group): string {
  return `tag-${group.tag.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
}

function basics(document: ApiDocument, base: string): Html {
  const schemes = Object.values(objectOf(objectOf(document['components'])['securitySchemes'])).map(objectOf);
  return html`<dl class="basics">
    <div>
      <dt>Base address</dt>
      <dd><code>${base}</code></dd>
    </div>
    ${schemes.map(
      (scheme) =>
        html`<div>
          <dt>Authentication</dt>
          <dd><code>Authorization: Bearer …</code> ${inline(textOf(scheme['description']))}</dd>
        </div>`,
    )}
  </dl>`;
}

function groupView(document: ApiDocument, group: Group, base: string): Html {
  return html`<section class="group" aria-labelledby="${tagAnchor(group)}">
    <h2 id="${tagAnchor(group)}">${group.tag}</h2>
    <div class="group-text">${proseView(group.description)}</div>
    ${group.operations.map((operation) => operationView(document, operation, base))}
  </section>`;
}

function operationView(document: ApiDocument, operation: Operation, base: string): Html {
  const good = operation.answers.filter((answer) => !isProblem(answer));
  const problems = operation.answers.filter(isProblem);
  return html`<article class="operation" id="${operation.anchor}" aria-labelledby="${operation.anchor}-title">
    <header class="operation-head">
      <h3 id="${operation.anchor}-title">${operation.summary}</h3>
      <p class="endpoint">${methodBadge(operation.method)} <code>${breakable(operation.path)}</code></p>
    </header>
    <div class="operation-text">
      ${proseView(operation.description)} ${parametersView(document, operation.parameters)}
      ${operation.body === null ? null : contentView(document, 'Body', operation.body)}
      ${good.map((answer) => answerView(document, answer))} ${problemsView(problems)}
    </div>
    <div class="operation-examples">
      ${example('Request', html`${curl(document, operation, base)}`)}
      ${good.map((answer) => answerExample(document, answer))}
    </div>
  </article>`;
}

function isProblem(answer: Answer): boolean {
  return answer.content?.mediaType === 'application/problem+json' || /^[45]/.test(answer.status);
}

function methodBadge(method: string): Html {
  return html`<span class="method method--${method.toLowerCase()}">${method}</span>`;
}

/** Long paths break after a slash. */
function breakable(path: string): Child[] {
  return path.split(/(?<=\/)/).map((part) => html`${part}<wbr />`);
}

function parametersView(document: ApiDocument, parameters: readonly Parameter[]): Html | null {
  if (parameters.length === 0) return null;
  const fields = parameters.map((parameter): Field => {
    const [field] = fieldsOf(document, {
      properties: { [parameter.name]: { ...parameter.schema, description: parameter.description } },
      required: parameter.required ? [parameter.name] : [],
    });
    const type = `${typeOf(document, parameter.schema)}, in the ${parameter.in}`;
    return { name: parameter.name, required: parameter.required, ...NO_DETAILS, ...field, type };
  });
  return html`<h4>Parameters</h4>
    ${fieldList(fields)}`;
}

const NO_DETAILS = { description: '', limits: [], values: [], fields: [] } as const;

function contentView(document: ApiDocument, title: string, content: Content): Html {
  return html`<h4>${title} <span class="media">${content.mediaType}</span></h4>
    ${proseView(content.description)} ${fieldList(fieldsOf(document, content.schema))}`;
}

/** Folded, for the example beside it shows the shape already. */
function answerView(document: ApiDocument, answer: Answer): Html {
  const fields = answer.content === null ? [] : fieldsOf(document, answer.content.schema);
  const head = html`Answer ${statusBadge(answer.status)} <span>${inline(answer.description)}</span>`;
  if (fields.length === 0) return html`<p class="fold fold--plain">${head}</p>`;
  return html`<details class="fold">
    <summary>${head}</summary>
    ${fieldList(fields)}
  </details>`;
}

function statusBadge(status: string): Html {
  return html`<span class="status status--${status.slice(0, 1)}">${status}</span>`;
}

function problemsView(problems: readonly Answer[]): Html | null {
  if (problems.length === 0) return null;
  return html`<details class="fold">
    <summary>Problems ${problems.map(({ status }) => html`${statusBadge(status)} `)}</summary>
    <dl>
      ${problems.map(
        ({ status, description }) =>
          html`<div>
            <dt>${statusBadge(status)}</dt>
            <dd>${proseView(description)}</dd>
          </div>`,
      )}
    </dl>
  </details>`;
}

function fieldList(fields: readonly Field[]): Html | null {
  if (fields.length === 0) return null;
  return html`<ul class="fields">
    ${fields.map(fieldView)}
  </ul>`;
}

function fieldView(field: Field): Html {
  const variant = field.name === 'either' || field.name === 'or';
  const { description, limits, values } = field;
  return html`<li class="api-field">
    <p class="api-field-head">
      ${variant ? html`<i class="variant">${field.name}</i>` : html`<code class="name">${field.name}</code>`}
      ${variant && field.type === 'object' ? null : html`<span class="type">${field.type}</span>`}
      ${field.required && !variant ? html`<span class="required">required</span>` : null}
    </p>
    ${description === '' ? null : html`<div class="api-field-text">${proseView(description)}</div>`}
    ${
      values.length === 0
        ? null
        : html`<p class="limits">${values.map((value) => html`<code>${value}</code> `)}</p>`
    }
    ${limits.length === 0 ? null : html`<p class="limits">${limits.join(', ')}</p>`}
    ${fieldList(field.fields)}
  </li>`;
}

function example(title: Child, code: Child): Html {
  return html`<figure class="example">
    <figcaption>${title}</figcaption>
    <pre tabindex="0"><code>${code}</code></pre>
  </figure>`;
}

function answerExample(document: ApiDocument, answer: Answer): Html | null {
  if (answer.content === null) return null;
  const { content } = answer;
  if (!/json/.test(content.mediaType)) return null;
  const value = content.example ?? exampleOf(document, content.schema);
  return example(html`Answer ${statusBadge(answer.status)}`, jsonView(value));
}

/**
 * A call to paste into a shell. The API key stands in a variable, so that it does not end up in a history.
 */
function curl(document: ApiDocument, operation: Operation, base: string): Child[] {
  const { method, body } = operation;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = operation.parameters.find((each) => each.in === 'path' && each.name === name);
    const value = parameter ? exampleOf(document, parameter.schema) : null;
    return typeof value === 'string' && value !== '…' ? value : whole;
  });
  const options: Child[] = [];
  if (operation.secured) options.push(`-H "Authorization: Bearer $COUNTERSIGN_API_KEY"`);
  for (const { name, schema } of operation.parameters.filter((each) => each.in === 'header')) {
    const value = exampleOf(document, schema);
    options.push(`-H "${name}: ${typeof value === 'string' ? value : '…'}"`);
  }
  if (body !== null) {
    const value = body.example ?? exampleOf(document, body.schema);
    const text = JSON.stringify(value, null, 2).replaceAll("'", "'\\''");
    options.push(`-H "Content-Type: ${body.mediaType}"`, `-d '${text}'`);
  }
  const verb = method === 'GET' ? 'curl' : `curl -X ${method}`;
  return [`${verb} ${base}${path}`, ...options].flatMap((part, i) => (i === 0 ? [part] : [' \\\n  ', part]));
}
