//! HPACK (RFC 7541), as much as a client needs that may say anything: what it sends is literal, and it allows the other
//! side no dynamic table.

/// A field, or a pseudo-field.
pub(crate) type Field = (Vec<u8>, Vec<u8>);

/// Writes fields as they are: without an index, without Huffman's code (section 6.2.2).
pub(crate) fn encode(fields: &[Field]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        text(&mut block, name);
        text(&mut block, value);
    }
    block
}

/// Writes a field that both sides remember from now on (section 6.2.1): as index 62, until the next one.
pub(crate) fn remembered(name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut block = vec![0x40];
    text(&mut block, name);
    text(&mut block, value);
    block
}

fn text(block: &mut Vec<u8>, text: &[u8]) {
    integer(block, 7, text.len());
    block.extend_from_slice(text);
}

/// Section 5.1.
fn integer(block: &mut Vec<u8>, bits: u32, mut value: usize) {
    let most = (1 << bits) - 1;
    if value < most {
        return block.push(value as u8);
    }
    block.push(most as u8);
    value -= most;
    while value >= 128 {
        block.push((value % 128 + 128) as u8);
        value /= 128;
    }
    block.push(value as u8);
}

/// Reads a block that uses no dynamic table.
pub(crate) fn decode(block: &[u8]) -> Vec<Field> {
    let mut reader = Reader(block);
    let mut fields = Vec::new();
    while let Some(&first) = reader.0.first() {
        match first {
            0x80.. => {
                let (name, value) = STATIC[reader.integer(7) - 1];
                fields.push((name.into(), value.into()));
            }
            0x20..0x40 => assert_eq!(reader.integer(5), 0, "a table that nobody allowed"),
            _ => {
                let bits = if first & 0x40 != 0 { 6 } else { 4 };
                let name = match reader.integer(bits) {
                    0 => reader.text(),
                    index => STATIC[index - 1].0.into(),
                };
                fields.push((name, reader.text()));
            }
        }
    }
    fields
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn integer(&mut self, bits: u32) -> usize {
        let most = (1 << bits) - 1;
        let mut value = usize::from(self.byte()) & most;
        let mut shift = 0;
        while value >= most {
            let byte = usize::from(self.byte());
            value += (byte & 0x7f) << shift;
            shift += 7;
            if byte < 128 {
                break;
            }
        }
        value
    }

    fn text(&mut self) -> Vec<u8> {
        let is_coded = self.0[0] >= 128;
        let length = self.integer(7);
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        if is_coded { huffman(text) } else { text.to_vec() }
    }

    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.0.split_first().expect("a header block that ends early");
        self.0 = rest;
        *byte
    }
}

/// Section 5.2. The code is canonical: lengths are all that is to be known of it.
fn huffman(coded: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let (mut code, mut length) = (0_u32, 0_u8);
    for bit in coded.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)) {
        code = code << 1 | u32::from(bit);
        length += 1;
        if let Some(symbol) = symbol(code, length) {
            decoded.push(symbol);
            (code, length) = (0, 0);
        }
    }
    assert!(length < 8 && code == (1 << length) - 1, "padding that is none");
    decoded
}

fn symbol(code: u32, length: u8) -> Option<u8> {
    let (mut first, mut before) = (0, 0);
    for step in 1..=length {
        first = (first + before) << 1;
        before = LENGTHS.iter().filter(|of| **of == step).count() as u32;
    }
    let nth = code.checked_sub(first).filter(|nth| *nth < before)?;
    let of_this_length = (0..=255).filter(|symbol| LENGTHS[usize::from(*symbol)] == length);
    of_this_length.into_iter().nth(nth as usize)
}

/// Appendix B: how many bits each byte has.
#[rustfmt::skip]
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
     6, 10, 10, 12, 13,  6,  8, 11, 10, 10,  8, 11,  8,  6,  6,  6,  5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8, 15,  6, 12, 10,
    13,  6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8, 13, 19, 13, 14,  6,
    15,  5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

/// Appendix A.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

#[test]
fn the_examples_of_the_standard_are_read() {
    // Appendix C.6.1, without its table.
    let block = b"\x48\x82\x64\x02\x58\x85\xae\xc3\x77\x1a\x4b\x61\x96\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\
                  \x04\x0b\x81\x66\xe0\x82\xa6\x2d\x1b\xff\x6e\x91\x9d\x29\xad\x17\x18\x63\xc7\x8f\x0b\x97\xc8\xe9\xae\
                  \x82\xae\x43\xd3";
    let field = |name: &str, value: &str| (name.into(), value.into());
    let expected = [
        field(":status", "302"),
        field("cache-control", "private"),
        field("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
        field("location", "https://www.example.com"),
    ];
    assert_eq!(decode(block), expected);
    let long = [field("x-a", &"a".repeat(1337))];
    assert_eq!(decode(&encode(&long)), long);
}
