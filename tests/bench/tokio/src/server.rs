//! The bench's servers, written with Tokio: a task a connection.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!";

/// Finds where requests end: at an empty line. Requests may come in pieces, or several at once.
#[derive(Default)]
struct Requests {
    matched: usize,
}

impl Requests {
    fn feed(&mut self, bytes: &[u8]) -> usize {
        const END: &[u8] = b"\r\n\r\n";
        let mut ended = 0;
        for &byte in bytes {
            self.matched = if byte == END[self.matched] { self.matched + 1 } else { usize::from(byte == END[0]) };
            if self.matched == END.len() {
                self.matched = 0;
                ended += 1;
            }
        }
        ended
    }
}

async fn converse(mut socket: TcpStream, http: bool) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    let mut requests = Requests::default();
    loop {
        let got = socket.read(&mut buffer).await?;
        if got == 0 {
            return Ok(());
        }
        if !http {
            socket.write_all(&buffer[..got]).await?;
        } else {
            for _ in 0..requests.feed(&buffer[..got]) {
                socket.write_all(HELLO).await?;
            }
        }
    }
}

pub async fn serve(http: bool) -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        tokio::spawn(converse(socket, http));
    }
}
