//! A real S3 server on a loopback port, over a folder of its own.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use snapback_engine::files::Keys;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const ACCESS_KEY: &str = "snapback-tests";
const SECRET_KEY: &str = "only for tests";

/// The server; it ends with this value.
#[derive(Debug)]
pub struct S3Server {
    port: u16,
    folder: TempDir,
    serving: JoinHandle<()>,
}

impl S3Server {
    /// Starts one with those buckets, on the test's own runtime.
    pub async fn start(buckets: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for bucket in buckets {
            std::fs::create_dir(folder.path().join(bucket)).expect("a bucket can be made");
        }
        let files = s3s_fs::FileSystem::new(folder.path()).expect("the folder can be served");
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("the port is known").port();
        let serving = tokio::spawn(async move {
            let connections = Builder::new(TokioExecutor::new());
            while let Ok((socket, _)) = listener.accept().await {
                let serving = connections.serve_connection(TokioIo::new(socket), service.clone());
                let serving = serving.into_owned();
                // Who hangs up in the middle is none of the server's business.
                tokio::spawn(async move { drop(serving.await) });
            }
        });
        Self {
            port,
            folder,
            serving,
        }
    }

    /// How the storage is named on the command line.
    pub fn url(&self) -> String {
        format!("s3://?endpoint=http://127.0.0.1:{}&timeout=2", self.port)
    }

    /// The keys that it takes.
    pub fn keys(&self) -> Keys {
        Keys {
            access_key_id: ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_KEY.to_owned(),
            session_token: None,
        }
    }

    /// The folder with the buckets in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Takes no further connection.
    pub fn stop(&self) {
        self.serving.abort();
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
