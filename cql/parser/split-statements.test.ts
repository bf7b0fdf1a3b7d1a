import { expect, test } from 'vitest';
import { splitStatements } from './split-statements.ts';

test('statements end at semicolons outside of quotes and comments', () => {
  const text = `-- a; comment
CREATE TABLE a (k int) WITH comment = 'it''s; here'; /* and; here */
  ;
SELECT "x;y" FROM a; // end;
INSERT INTO a VALUES ($$;$$)`;
  expect(splitStatements(text)).toEqual([
    "-- a; comment\nCREATE TABLE a (k int) WITH comment = 'it''s; here'",
    'SELECT "x;y" FROM a',
    '// end;\nINSERT INTO a VALUES ($$;$$)',
  ]);
  expect(splitStatements(' ; -- nothing\n;')).toEqual([]);
});
