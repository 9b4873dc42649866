//! A pooler in transaction mode, as small as one can be: every client logs in on a connection of its
//! own, and from then on all of them are served by the first of these, a transaction at a time.

use std::io;
use std::sync::Arc;

use snapback_engine::Code;
use snapback_engine::pg::{Session, Settings};
use snapback_testkit::TestDatabase;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

type Shared = Arc<Mutex<Option<TcpStream>>>;

const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// One message with its type in front, as the protocol has it after the start.
async fn message(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await?;
    rest(from, &head, 1).await
}

async fn rest(from: &mut TcpStream, head: &[u8], type_length: usize) -> io::Result<Vec<u8>> {
    let length = u32::from_be_bytes(head[type_length..].try_into().unwrap()) as usize;
    let mut bytes = head.to_vec();
    bytes.resize(type_length + length, 0);
    from.read_exact(&mut bytes[head.len()..]).await?;
    Ok(bytes)
}

async fn log_in(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<()> {
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let mut start = rest(client, &head, 0).await?;
    if start == TLS_REQUEST {
        client.write_all(b"N").await?;
        client.read_exact(&mut head).await?;
        start = rest(client, &head, 0).await?;
    }
    server.write_all(&start).await?;
    loop {
        let answer = message(server).await?;
        client.write_all(&answer).await?;
        let asks_back = answer[0] == b'R' && !matches!(answer[5..9], [0, 0, 0, 0 | 12]);
        if asks_back {
            server.write_all(&message(client).await?).await?;
        }
        if answer[0] == b'Z' {
            return Ok(());
        }
    }
}

async fn serve(mut client: TcpStream, port: u16, shared: Shared) -> io::Result<()> {
    let mut own = TcpStream::connect(("127.0.0.1", port)).await?;
    log_in(&mut client, &mut own).await?;
    shared.lock().await.get_or_insert(own);
    loop {
        let mut request = message(&mut client).await?;
        let mut place = shared.lock().await;
        let server = place.as_mut().unwrap();
        loop {
            if request[0] == b'X' {
                return Ok(());
            }
            server.write_all(&request).await?;
            if matches!(request[0], b'Q' | b'S') {
                let state = loop {
                    let answer = message(server).await?;
                    client.write_all(&answer).await?;
                    if answer[0] == b'Z' {
                        break answer[5];
                    }
                };
                if state == b'I' {
                    break;
                }
            }
            request = message(&mut client).await?;
        }
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_before_anything_is_set_there() {
    let database = TestDatabase::empty().await;
    let direct = database.settings();
    Session::open(&direct).await.unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pooler_port = listener.local_addr().unwrap().port();
    let (server_port, shared) = (direct.port(), Shared::default());
    let accepting = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server_port, Arc::clone(&shared)));
            }
        }
    });
    let url = database
        .url()
        .replace(&format!(":{server_port}/"), &format!(":{pooler_port}/"));
    let pooled = Settings::from_url(&url).unwrap();
    for _ in 0..2 {
        let error = Session::open(&pooled).await.unwrap_err();
        assert_eq!(error.code(), Code::TransactionPooler);
        assert!(error.hint_text().unwrap().contains("session mode"));
    }

    // The session that the application would get next is as it was.
    let mut place = shared.lock().await;
    let server = place.as_mut().unwrap();
    server
        .write_all(b"Q\0\0\0\x15SHOW search_path\0")
        .await
        .unwrap();
    let mut answer = vec![0; 1024];
    let length = server.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..length]).contains("public"));
    accepting.abort();
}
