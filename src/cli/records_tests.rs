use proptest::prelude::*;

use super::*;

/// Hands its bytes out in small pieces, as a pipe does.
struct Pipe<'a>(&'a [u8], usize);

impl Read for Pipe<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = into.len().min(self.1).min(self.0.len());
        into[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn all(input: impl Read) -> (Vec<(u64, Vec<String>)>, Vec<Flaw>) {
    let mut records = Records::new(input).unwrap();
    let (mut good, mut flaws) = (Vec::new(), Vec::new());
    while let Some(next) = records.next().unwrap() {
        assert!(records.ahead.capacity() <= 2 * AHEAD, "memory is bounded");
        match next {
            Ok(record) => good.push((record.line, record.fields)),
            Err(flaw) => flaws.push(flaw),
        }
    }
    (good, flaws)
}

fn lines(good: &[(u64, Vec<String>)]) -> Vec<u64> {
    good.iter().map(|(line, _)| *line).collect()
}

#[test]
fn quotes_hold_separators_quotes_and_line_breaks() {
    let (good, flaws) = all(&b"a,\"b, \"\"c\"\"\",d\r\n\"e\nf\",g\nh"[..]);
    assert_eq!(good[0], (1, vec!["a".into(), "b, \"c\"".into(), "d".into()]));
    assert_eq!(good[1], (2, vec!["e\nf".into(), "g".into()]));
    assert_eq!(good[2], (4, vec!["h".into()]));
    assert!(flaws.is_empty());
}

#[test]
fn an_unclosed_quote_costs_its_own_line_and_no_other() {
    let rest = "x@x.org,X\n".repeat(20_000);
    let (good, flaws) = all(format!("a@x.org,A\nb@x.org,\"B\n{rest}").as_bytes());
    assert_eq!(flaws, [Flaw::Unclosed(2)]);
    assert_eq!(good.len(), 20_001);
    let (good, flaws) = all(&b"a,\"A\nb,\"B\nc,C\n"[..]);
    assert_eq!((lines(&good), flaws), (vec![3], vec![Flaw::Unclosed(1), Flaw::Unclosed(2)]));
}

#[test]
fn a_line_without_end_is_left_out_in_bounded_memory() {
    for begin in ["", "\"", "a,\""] {
        let input = format!("a,b\n{begin}").into_bytes();
        let endless = std::io::repeat(0).take(8 * LARGEST as u64);
        let (good, flaws) = all(input.chain(endless).chain(&b"\nc,d\n"[..]));
        assert_eq!(lines(&good), [1, 3], "{begin}");
        assert_eq!(flaws, [Flaw::TooLong(2)], "{begin}");
    }
}

#[test]
fn a_record_of_the_largest_size_is_read_and_one_byte_more_is_not() {
    for (length, records) in [(LARGEST, 1), (LARGEST + 1, 0)] {
        for end in ["", "\n"] {
            let input = "x".repeat(length) + end;
            assert_eq!(all(input.as_bytes()).0.len(), records, "{length} {end:?}");
        }
    }
}

#[test]
fn a_name_that_is_guarded_comes_back_as_it_was() {
    for name in ["=SUM(A1)", "'=SUM(A1)", "''-x", "+1", "@x", "'t Hart", "O'Neil", "", "'"] {
        assert_eq!(unguarded(&guarded(name)), name);
        assert!(!guarded(name).starts_with(['=', '+', '-', '@']), "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec(prop::collection::vec("[a-z\",;\n ']{0,6}", 2..4), 1..20),
        piece in 1_usize..50,
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["a", "b"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let (good, flaws) = all(Pipe(&bytes, piece));
        prop_assert!(flaws.is_empty());
        prop_assert_eq!(good.into_iter().skip(1).map(|(_, fields)| fields).collect::<Vec<_>>(), rows);
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(prop::sample::select(b"a\",\n\r\0\xFF".to_vec()), 0..300)) {
        let (good, flaws) = all(&bytes[..]);
        prop_assert!(good.len() + flaws.len() <= bytes.len());
    }
}
