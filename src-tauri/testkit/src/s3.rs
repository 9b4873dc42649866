//! A real S3 server on a loopback port, over a folder of its own, that can be made to misbehave.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, HttpResponse};
use snapback_engine::files::Keys;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const ACCESS_KEY: &str = "snapback-tests";
const SECRET_KEY: &str = "only for tests";
/// The most bytes of a listing that is looked through.
const LISTING: usize = 16 << 20;

/// What the server does with what it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mood {
    /// It answers.
    #[default]
    Well,
    /// It takes its time for each answer.
    Slow(Duration),
    /// It never answers what would change something.
    Hangs,
    /// It says that there is no room for what would change something.
    Full,
    /// It copies nothing by itself, as services do with files above 5 GiB.
    CopiesNothing,
    /// Its listings hold objects of these keys as well.
    Lists(Vec<String>),
}

/// The server; it ends with this value.
#[derive(Debug)]
pub struct S3Server {
    port: u16,
    folder: TempDir,
    serving: JoinHandle<()>,
    mood: Arc<Mutex<Mood>>,
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
        let mood = Arc::<Mutex<Mood>>::default();
        let moods = Arc::clone(&mood);
        let serving = tokio::spawn(async move {
            let connections = Builder::new(TokioExecutor::new());
            while let Ok((socket, _)) = listener.accept().await {
                let (service, moods) = (service.clone(), Arc::clone(&moods));
                let answering = service_fn(move |request: Request<Incoming>| {
                    let mood = moods.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    answer(service.clone(), mood, request)
                });
                let serving = connections.serve_connection(TokioIo::new(socket), answering);
                let serving = serving.into_owned();
                // Who hangs up in the middle is none of the server's business.
                tokio::spawn(async move { drop(serving.await) });
            }
        });
        Self {
            port,
            folder,
            serving,
            mood,
        }
    }

    /// From now on it does that.
    pub fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How the storage is named on the command line.
    pub fn url(&self) -> String {
        format!("s3://?endpoint={}&timeout=2", self.endpoint())
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

async fn answer(
    service: S3Service,
    mood: Mood,
    request: Request<Incoming>,
) -> Result<HttpResponse, HttpError> {
    let changes = !matches!(request.method().as_str(), "GET" | "HEAD");
    let query = request.uri().query().unwrap_or_default();
    let is_listing = query.split('&').any(|part| part == "list-type=2");
    match &mood {
        Mood::Slow(pause) => tokio::time::sleep(*pause).await,
        Mood::Hangs if changes => std::future::pending().await,
        Mood::Full if changes => return Ok(refusal(hyper::StatusCode::FORBIDDEN, "QuotaExceeded")),
        Mood::CopiesNothing if request.headers().contains_key("x-amz-copy-source") => {
            return Ok(refusal(hyper::StatusCode::BAD_REQUEST, "InvalidRequest"));
        }
        Mood::Well | Mood::Hangs | Mood::Full | Mood::CopiesNothing | Mood::Lists(_) => {}
    }
    let mut response = service.call(request.map(Body::from)).await?;
    if let (Mood::Lists(keys), true) = (&mood, is_listing) {
        let listing = response.body_mut().store_all_limited(LISTING).await;
        let listing = listing.expect("a listing can be read").to_vec();
        let listing = String::from_utf8(listing).expect("a listing is text");
        let more: String = keys.iter().map(|key| listed(key)).collect();
        let end = "</ListBucketResult>";
        let (parts, _) = response.into_parts();
        let body = Body::from(listing.replace(end, &format!("{more}{end}")));
        response = HttpResponse::from_parts(parts, body);
        response.headers_mut().remove("content-length");
    }
    Ok(response)
}

fn listed(key: &str) -> String {
    format!(
        "<Contents><Key>{key}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>&quot;0&quot;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )
}

/// What services answer that do not do what they are asked.
fn refusal(status: hyper::StatusCode, code: &str) -> HttpResponse {
    let body =
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
    let mut response = HttpResponse::new(Body::from(body));
    *response.status_mut() = status;
    response
}
