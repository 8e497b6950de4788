//! Streams of requests, whole and broken.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const WHOLE: &[&[u8]] = &[
    b"GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a:80\r\nX-A: b\r\nx-a: c\r\n\r\n",
    b"GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nDATA",
    b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nDATA",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nDATA\r\n0\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nD\r\n3\r\nATA\r\n0\r\nX-A: b\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n",
];

const PIECES: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\x0b",
    b"\0",
    b"\x7f",
    b"\x80",
    b"\xff",
    b":",
    b",",
    b";",
    b"=",
    b"\"",
    b"#",
    b"?",
    b"\\",
    b"%",
    b"0",
    b"1",
    b"+",
    b"-",
    b"_",
    b"0x",
    b"a",
    b"A",
    b"/",
    b"//",
    b"*",
    b"@",
    b"Host: b\r\n",
    b"Host : b\r\n",
    b"Content-Length: 4\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length : 4\r\n",
    b"Content_Length: 9\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding:\tchunked \r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding\0: chunked\r\n",
    b", chunked",
    b"gzip, ",
    b"\r\n ",
    b"Connection: keep-alive\r\n",
    b"Connection: close\r\n",
    b"Connection: x, y\r\n",
    b"Expect: 100-continue\r\n",
    b"Expect: x\r\n",
    b"Keep-Alive: 1\r\n",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"http://b",
    b"post",
    b"X-A: b\r\n",
    b"\xc2\xa0",
    b"0\r\n\r\n",
    b"4\r\nDATA\r\n",
];

#[derive(Debug, Clone)]
enum Change {
    Insert(Index, &'static [u8]),
    Remove(Index, usize),
    Replace(Index, &'static [u8]),
    Flip(Index, u8),
}

impl Change {
    fn apply(&self, stream: &mut Vec<u8>) {
        let place = |index: &Index, stream: &[u8]| index.index(stream.len() + 1);
        match self {
            Self::Insert(index, piece) => {
                let at = place(index, stream);
                stream.splice(at..at, piece.iter().copied());
            }
            Self::Remove(index, length) => {
                let at = place(index, stream);
                stream.drain(at..(at + length).min(stream.len()));
            }
            Self::Replace(index, piece) => {
                let at = place(index, stream);
                stream.splice(at..(at + piece.len()).min(stream.len()), piece.iter().copied());
            }
            Self::Flip(index, bits) => {
                let at = place(index, stream);
                if let Some(byte) = stream.get_mut(at) {
                    *byte ^= bits;
                }
            }
        }
    }
}

/// One to three whole requests, changed in up to three places.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    let change = prop_oneof![
        (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), 1..3_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Change::Replace(at, piece)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
    ];
    (vec(select(WHOLE), 1..4), vec(change, 0..4)).prop_map(|(requests, changes)| {
        let mut stream = requests.concat();
        changes.iter().for_each(|change| change.apply(&mut stream));
        stream
    })
}
