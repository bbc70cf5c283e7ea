//! Datagrams back and forth between two nodes of madsim, one millisecond each way: prints how many
//! there were and the nanoseconds that they took.

use std::env;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use madsim::Config;
use madsim::net::UdpSocket;
use madsim::runtime::{Handle, Runtime};
use madsim::time::sleep;

const LATENCY: Duration = Duration::from_millis(1);
const ASKS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const ANSWERS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
const PORT: u16 = 1_738;

async fn answer() -> std::io::Result<()> {
    let socket = UdpSocket::bind(SocketAddr::new(ANSWERS, PORT)).await?;
    let mut bytes = [0; 64];
    loop {
        let (length, from) = socket.recv_from(&mut bytes).await?;
        socket.send_to(from, &bytes[..length]).await?;
    }
}

async fn ask(times: u64) -> std::io::Result<()> {
    let socket = UdpSocket::bind(SocketAddr::new(ASKS, PORT)).await?;
    let mut bytes = [0; 64];
    // Until the other one is there.
    sleep(LATENCY * 10).await;
    for _ in 0..times {
        socket.send_to((ANSWERS, PORT), b"ping").await?;
        socket.recv_from(&mut bytes).await?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let times: u64 = env::args().nth(1).ok_or("how many times?")?.parse()?;
    let mut config = Config::default();
    config.net.send_latency = LATENCY..LATENCY + Duration::from_nanos(1);
    let runtime = Runtime::with_seed_and_config(1, config);
    let begun = Instant::now();
    runtime.block_on(async move {
        let handle = Handle::current();
        let [asks, answers] = [ASKS, ANSWERS].map(|ip| handle.create_node().ip(ip).build());
        answers.spawn(answer());
        asks.spawn(ask(times)).await
    })??;
    println!("{} {}", times * 2, begun.elapsed().as_nanos());
    Ok(())
}
