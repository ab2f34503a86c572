import { expect, test } from 'vitest';
import { childrenNamed, escapeXml, parseXml, textOf } from './xml.ts';

test('reads elements, text and the five entities, skipping what it does not need', () => {
  const root = parseXml(
    '<?xml version="1.0"?><!-- x --><a:Delete xmlns:a="urn:x"><Object><Key> &lt;&amp;&gt;&quot;&apos;&#13;&#x1F600; </Key></Object><Object/></a:Delete>',
  );
  expect(root.name).toBe('Delete');
  expect(childrenNamed(root, 'Object')).toHaveLength(2);
  expect(textOf(root.children[0], 'Key')).toBe(' <&>"\'\r😀 ');
});

test.each([
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ['an unknown entity', '<a>&b;</a>'],
  ['a bare ampersand', '<a>& </a>'],
  ['a reference beyond Unicode', '<a>&#x110000;</a>'],
  ['an element left open', '<a><b></a>'],
  ['an end without a start', '</a>'],
  ['two roots', '<a/><b/>'],
  ['nothing', ''],
  ['text beside the root', '<a/>b'],
  ['a thousand levels', '<a>'.repeat(1000)],
  ['CDATA', '<a><![CDATA[b]]></a>'],
])('refuses %s', (_, source) => {
  expect(() => parseXml(source)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
});

test('escapes what would be markup, and control characters', () => {
  expect(escapeXml('<a>&"\u0001\r\n')).toBe('&lt;a&gt;&amp;&quot;&#x1;&#xd;\n');
});
