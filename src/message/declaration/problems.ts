import { KERNEL_PROBLEMS, type ProblemTable } from '../../http/problem.ts';
import type { FormRefusal } from './manage.ts';

/** The HTTP face of what is refused about forms and declarations. */
export const DECLARATION_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  malformed_form: {
    status: 422,
    title: 'The form is not right in itself',
    detail: 'The detail says where.',
  },
  unknown_staff: {
    status: 422,
    title: 'Somebody of the staff is unknown',
    detail: 'Name subscribers of the tenant by their ids.',
  },
  unknown_client: {
    status: 404,
    title: 'No such client',
    detail: 'The tenant has no active client of this id.',
  },
  unknown_form: {
    status: 404,
    title: 'No such form',
    detail: 'There is none of this id and version, or it belongs to someone else.',
  },
  unknown_declaration: {
    status: 404,
    title: 'No such declaration',
    detail: 'There is none of this id, or it belongs to someone else.',
  },
  not_yet_logged: {
    status: 409,
    title: 'The evidence is not in the log yet',
    detail: 'Ask again after Retry-After: entries are integrated within a second or so.',
  },
} as const satisfies ProblemTable<
  FormRefusal | 'unknown_declaration' | 'not_yet_logged' | keyof typeof KERNEL_PROBLEMS
>;
