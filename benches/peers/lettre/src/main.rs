//! Sends letters through lettre's `AsyncSmtpTransport` with its pool, and prints how many seconds it took, from the
//! first to the last: `pressrun-bench-lettre PORT LETTERS LETTER.eml`
//!
//! The letter is there already, so that nothing but the carrying is measured; each one gets its own recipient.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

const CONNECTIONS: u32 = 8;

type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [port, letters, file] = args.as_slice() else { return Err("usage: PORT LETTERS LETTER.eml".into()) };
    let (letters, letter) = (letters.parse::<usize>()?, Arc::new(std::fs::read(file)?));
    let pool = PoolConfig::new().min_idle(CONNECTIONS).max_size(CONNECTIONS);
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port.parse()?)
        .pool_config(pool)
        .build();
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let hands: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (transport, letter, next) = (transport.clone(), Arc::clone(&letter), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= letters {
                        return Ok::<(), Failed>(());
                    }
                    let to = format!("reader{i}@mail{}.example", i % 97).parse()?;
                    let envelope = Envelope::new(Some("news@tide.example".parse()?), vec![to])?;
                    transport.send_raw(&envelope, &letter).await?;
                }
            })
        })
        .collect();
    for hand in hands {
        hand.await??;
    }
    println!("{:.6}", start.elapsed().as_secs_f64());
    Ok(())
}
