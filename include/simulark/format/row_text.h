/* One row as JSON or YAML text, and back. Keys are column names in the shape's order; jsonb columns are nested values; a text
 * array is a sequence; numbers and booleans are bare; everything else is a string; SQL NULL is null.
 *
 * A jsonb null, which would look like SQL NULL, is written {"$json": null}; an object whose only key is $json is wrapped the
 * same way: {"$json": {"$json": …}}. */
#ifndef SIMULARK_FORMAT_ROW_TEXT_H
#define SIMULARK_FORMAT_ROW_TEXT_H

#include "simulark/base/buffer.h"
#include "simulark/format/json.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

/* One line of JSON Lines, without the newline. jsonb cells must be canonical and go in as they are. */
void row_json_append(struct buffer *out, const struct shape *shape, const struct row *row);
/* The same on several lines, `indent` spaces deep; the first line is not indented. */
void row_json_append_pretty(struct buffer *out, const struct shape *shape, const struct row *row, size_t indent);
/* A block mapping in YAML, `indent` spaces deep; the first line is not indented; ends in a newline. */
void row_yaml_append(struct buffer *out, const struct shape *shape, const struct row *row, size_t indent);

/* One cell as a JSON value. */
void cell_json_append(struct buffer *out, enum type type, const struct cell *cell);

/* A text array between PostgreSQL's literal ({a,"b c",NULL}) and a JSON array of strings and nulls, nested for more dimensions.
 * False, with nothing appended, for what is no literal and for one with explicit bounds ([0:1]={a,b}): that travels as a
 * string. */
bool text_array_to_json(struct buffer *out, const char *literal, size_t len);
/* Takes a JSON array of single values and appends the literal as PostgreSQL would write it. */
bool text_array_from_json(struct json_cursor *c, struct buffer *out);

/* What is wrong with a row, beside the cursor's place: the column, where it is one. */
struct row_problem {
    const char *column; /* NULL: the row as a whole. Borrowed from the shape. */
    struct buffer text; /* a phrase: "is not a uuid", "is in the row twice" */
};

/* A phrase as a sentence: "is …" and "names …" are said of the subject, any other stands for itself. */
void problem_append(struct buffer *sentence, const char *subject, const char *phrase);
/* The same of a row's problem: said of the column, else of the row. */
void row_problem_append(struct buffer *sentence, struct row_problem *problem, const struct shape *shape);

/* Both: always false. */
bool row_problem_set(struct row_problem *problem, const struct shape_column *column, const char *phrase);
/* That no column has this name. */
bool row_problem_set_unknown(struct row_problem *problem, const struct shape *shape, const char *name, size_t len);

/* Reads the JSON object at the cursor into cells in PostgreSQL's form. A scalar's text is the cell: a number in a text column
 * is its digits. Columns that are not there stay unset. An unknown column is a problem. On false c->at is the place.
 * c->limit, where set, is for the cells of the row together. */
bool row_json_take(struct json_cursor *c, const struct shape *shape, struct row_builder *row, struct row_problem *problem);
/* The same of one cell's value, which is all of `json`; `canonical` where it is known to be as jsonb writes it. */
bool row_json_take_cell(const struct buffer *json, bool canonical, const struct shape *shape, size_t place, size_t limit,
                        struct row_builder *row, struct row_problem *problem);

#endif
